/* Files of a figure, and the button that copies its address. Under the reader's assumptions the
   files are made from the chart as it is drawn, and marked as not the book's in the file itself;
   without changes the published files are given. */
(() => {
  "use strict";
  const { yalu } = window;
  const SENTENCE = "Drawn under the reader’s assumptions, not the book’s; the title is the book’s.";
  const EDGE = 14;
  const FONT = "Liberation Sans, Arial, Helvetica, sans-serif";

  function fold(text, width) {
    const lines = [""];
    for (const word of text.split(/\s+/).filter(Boolean)) {
      const line = `${lines.at(-1)} ${word}`.trim();
      if (line.length <= width) lines[lines.length - 1] = line;
      else lines.push(word);
    }
    return lines;
  }

  /* the caption as it stands on the page, without its number */
  function title(figure) {
    const caption = figure.querySelector("figcaption").cloneNode(true);
    caption.querySelectorAll(".caption-number, .headerlink").forEach((part) => part.remove());
    return caption.textContent.trim();
  }

  /* the note of the book may speak of the book's values: it stays on the page */
  function foot(given) {
    const command = yalu.assumptions?.command;
    return [SENTENCE, ...(command ? [`To run it: ${command}`] : []), ...given.foot.slice(-2)];
  }

  function layout(figure, given, width, height) {
    const heads = fold(title(figure), 72);
    const feet = foot(given).flatMap((line) => fold(line, 118));
    const top = EDGE + 21 * heads.length + 8;
    return { heads, feet, top, width: Math.max(width, 680) + 2 * EDGE,
      height: top + height + 10 + EDGE + 15 * feet.length,
      headAt: (n) => EDGE + 16 + 21 * n, footAt: (n) => top + height + 20 + 15 * n };
  }

  const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

  function line(text, y, size, weight) {
    return `<text x="${EDGE}" y="${y}" font-family="${FONT}" font-size="${size}" ` +
      `font-weight="${weight}" fill="#1d2329">${escaped(text)}</text>`;
  }

  async function svg(figure, given) {
    const chart = await given.view.toSVG();
    const [, width, height] = chart.match(/<svg [^>]*?width="([\d.]+)" height="([\d.]+)"/).map(Number);
    const at = layout(figure, given, width, height);
    const lines = [...at.heads.map((text, n) => line(text, at.headAt(n), 16, 700)),
      ...at.feet.map((text, n) => line(text, at.footAt(n), 11, n ? 400 : 700))].join("");
    const body = chart.replace("<svg ", `<svg x="${EDGE}" y="${at.top}" `);
    return new Blob([`<svg xmlns="http://www.w3.org/2000/svg" width="${at.width}" ` +
      `height="${at.height}" viewBox="0 0 ${at.width} ${at.height}">` +
      `<rect width="100%" height="100%" fill="#ffffff"/>${lines}${body}</svg>\n`],
    { type: "image/svg+xml" });
  }

  async function png(figure, given) {
    const chart = await given.view.toCanvas(2);
    const at = layout(figure, given, chart.width / 2, chart.height / 2);
    const canvas = yalu.make("canvas", { width: 2 * at.width, height: 2 * at.height });
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, at.width, at.height);
    pen.drawImage(chart, EDGE, at.top, chart.width / 2, chart.height / 2);
    pen.fillStyle = "#1d2329";
    pen.font = `700 16px ${FONT}`;
    at.heads.forEach((text, n) => pen.fillText(text, EDGE, at.headAt(n)));
    at.feet.forEach((text, n) => {
      pen.font = `${n ? 400 : 700} 11px ${FONT}`;
      pen.fillText(text, EDGE, at.footAt(n));
    });
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  function json(figure, given) {
    const params = given.spec.params.map((param) =>
      param.name in given.values ? { ...param, value: given.values[param.name] } : param);
    const papers = { altered: SENTENCE, command: yalu.assumptions?.command ?? "", note: foot(given) };
    const spec = { ...given.spec, params, title: fold(title(figure), 70), usermeta: { yalu: papers } };
    return new Blob([`${JSON.stringify(spec, null, 1)}\n`], { type: "application/json" });
  }

  const two = (number) => String(number).padStart(2, "0");

  /* the same text as the build writes: see _text in figure_data.py */
  function cell(value, kind) {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    if (kind === "date") {
      const day = new Date(value);
      return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
    }
    if (kind === "text") return String(value);
    return Number.isFinite(Number(value)) ? String(Number(Number(value).toPrecision(12))) : "";
  }

  const within = (row, other) => row.every((text, n) => !text || text === other[n]);

  /* the rows of all data sets, without those that another set shows in full */
  function joined(sets) {
    return sets.reduce((kept, rows) => {
      const fresh = rows.filter((row) => !kept.some((other) => within(row, other)));
      return [...kept.filter((row) => !fresh.some((other) => within(row, other))), ...fresh];
    }, []);
  }

  function rows(view, { columns, data }) {
    const read = (tuple) => columns.map(({ field, kind }) => cell(tuple[field], kind));
    return joined(data.map((name) => view.data(name).map(read)));
  }

  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  yalu.csvText = ({ view, tables }) => {
    const names = [...new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)))];
    const several = tables.length > 1;
    const lines = [[...(several ? ["part"] : []), ...names]];
    for (const table of tables) {
      const at = new Map(table.columns.map(({ name }, n) => [name, n]));
      for (const row of rows(view, table)) {
        lines.push([...(several ? [table.name] : []), ...names.map((name) => row[at.get(name)] ?? "")]);
      }
    }
    return lines.map((row) => `${row.map(quoted).join(",")}\n`).join("");
  };

  function csv(figure, given) {
    const command = yalu.assumptions?.command;
    const mark = `# ${SENTENCE}${command ? ` ${command}` : ""}\n`;
    return new Blob([mark + yalu.csvText(given)], { type: "text/csv" });
  }

  const MAKERS = { csv, svg, png, json };

  async function give(figure, kind) {
    const given = await yalu.exported(figure);
    const blob = await MAKERS[kind](figure, given);
    given.view.finalize();
    const href = URL.createObjectURL(blob);
    yalu.make("a", { href, download: `${figure.dataset.chart}-altered.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("figure.yalu-is-altered a[data-file]");
    if (!link) return;
    event.preventDefault();
    give(link.closest("figure"), link.dataset.file).catch((error) => console.error(error));
  });

  async function copyAddress(button) {
    const words = (button.dataset.words ??= button.textContent);
    const address = `${location.href.split("#")[0]}#${button.dataset.anchor}`;
    const done = await yalu.copied(address);
    button.focus();
    button.textContent = done ? "Copied" : address;
    if (done) setTimeout(() => { button.textContent = words; }, 2000);
  }

  yalu.ready(() => {
    for (const button of document.querySelectorAll(".yalu-copy")) {
      button.hidden = false;
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", () => copyAddress(button));
    }
  });
})();
