/* What the scripts of a page share: making elements, starting, the clipboard. */
(() => {
  "use strict";

  /* an element; names with a hyphen, and role, are attributes, all others properties */
  function make(name, settings = {}, children = []) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(settings)) {
      if (key === "role" || key.includes("-")) element.setAttribute(key, value);
      else element[key] = value;
    }
    element.append(...children);
    return element;
  }

  function ready(start) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  }

  /* whether a text reached the clipboard; where it is closed to the page, the old way often works */
  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = make("textarea", { value: text, className: "yalu-clipboard" });
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  }

  /* a cell of a CSV file, which no spreadsheet takes for a formula: as safe_cell of the build */
  function csvCell(value) {
    const text = String(value ?? "");
    const computed = /^[=+\-@\t\r＝＋－＠]/.test(text) && !/^[-+]?\d[\d,.]*(e[-+]?\d+)?$/i.test(text);
    const safe = computed ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const csvOf = (rows) => rows.map((row) => `${row.map(csvCell).join(",")}\n`).join("");

  /* Excel reads UTF-8 where a mark says so */
  const csvBlob = (text) => new Blob([/[^\0-\x7f]/.test(text) ? "\ufeff" : "", text], { type: "text/csv" });

  window.yalu = Object.assign(window.yalu ?? {}, { make, ready, copied, csvOf, csvBlob });
})();
