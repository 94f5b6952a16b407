/* Figures: live charts, and files to take away.
   The static picture is shown until the reader takes a figure in hand, or the assumptions that it
   follows change; then Vega (from this site, never from another) draws the same chart at the same
   size in its place. Nothing is loaded before. Under the reader's assumptions the files are made
   from the chart as it is shown, and marked as not the book's in the file itself; without changes
   the published files are given. */
(() => {
  "use strict";
  const { yalu } = window;
  const base = new URL(".", document.currentScript.src || document.baseURI).href;
  const NARROW = 600;
  const [GAP, EDGE] = [12, 8];
  const loads = new Map();
  const charts = new Map();
  const live = new Map();

  /* load a script of this site once; a page in one file has Vega within it */
  yalu.script = (path) => {
    if (path === "vega-bundle.js" && window.vegaEmbed) return Promise.resolve();
    if (!loads.has(path)) {
      loads.set(path, new Promise((resolve, reject) => {
        const onerror = () => reject(new Error(`cannot load ${path}`));
        document.head.append(yalu.make("script", { src: base + path, onload: resolve, onerror }));
      }));
    }
    return loads.get(path);
  };

  /* called by the script of each figure, since a page opened from a disk cannot fetch */
  yalu.chart = (name, content) => charts.set(name, content);

  async function content(figure) {
    const name = figure.dataset.chart;
    if (!charts.has(name)) await yalu.script(`figures/${name}.js`);
    return charts.get(name);
  }

  function wide(spec, width) {
    if (spec.vconcat) return { ...spec, vconcat: spec.vconcat.map((part) => wide(part, width)) };
    if (spec.spec) return { ...spec, spec: wide(spec.spec, width - 24) };
    return { ...spec, width };
  }

  function sized({ spec, widths, legend }, kind) {
    const fitted = wide(spec, widths[kind]);
    if (kind === "wide") return fitted;
    return { ...fitted, config: { ...spec.config, legend: { ...spec.config.legend, ...legend } } };
  }

  /* what the chart says at a mark, the cells that are known: beside the pointer and on the screen */
  const tip = yalu.make("div", { id: "vg-tooltip-element" });
  const hide = () => tip.classList.remove("visible");

  function rowsOf(value) {
    const cells = Object.entries(typeof value === "object" ? value : { "": value });
    const known = cells.filter(([, text]) => !["", "null", "NaN"].includes(`${text ?? ""}`));
    return known.map(([name, text]) => yalu.make("tr", {}, [
      yalu.make("td", { className: "key", textContent: name }), yalu.make("td", { textContent: `${text}` }),
    ]));
  }

  function tell(_handler, event, _item, value) {
    hide();
    const rows = rowsOf(value ?? "");
    if (!event || !rows.length) return;
    const { clientX, clientY } = event;
    tip.replaceChildren(yalu.make("table", {}, rows));
    document.body.append(tip);
    Object.assign(tip.style, { left: 0, top: 0 });
    const { clientWidth } = document.documentElement;
    const above = clientY - tip.offsetHeight - GAP;
    const left = clientX + GAP + tip.offsetWidth > clientWidth ? clientX - GAP - tip.offsetWidth : clientX + GAP;
    tip.style.left = `${Math.max(EDGE, Math.min(left, clientWidth - tip.offsetWidth - EDGE))}px`;
    tip.style.top = `${above < EDGE ? clientY + GAP : above}px`;
    tip.classList.add("visible");
  }

  /* a finger moves over no mark: what stands nearest to where it tapped is told */
  function tapped({ clientX, clientY }) {
    for (const reach of [0, 6, 12, 18, 24]) {
      for (let turn = 0; turn < (reach ? 8 : 1); turn += 1) {
        const place = { clientX: clientX + reach * Math.cos(turn * Math.PI / 4), clientY: clientY + reach * Math.sin(turn * Math.PI / 4) };
        const there = document.elementsFromPoint(place.clientX, place.clientY);
        const mark = there.find((one) => one.closest(".yalu-live") && [one.__data__].flat()[0]?.tooltip);
        mark?.dispatchEvent(new PointerEvent("pointermove", { ...place, bubbles: true }));
        if (mark) return;
      }
    }
  }

  async function embedded(element, spec) {
    await yalu.script("vega-bundle.js");
    const options = { actions: false, renderer: "svg", ast: true, defaultStyle: false, logLevel: 1,
      tooltip: tell };
    return (await window.vegaEmbed(element, structuredClone(spec), options)).view;
  }

  const chart = (figure) => figure.querySelector(".yalu-chart");
  const kindOf = (figure) => (chart(figure).clientWidth < NARROW ? "narrow" : "wide");

  async function draw(figure) {
    const kind = kindOf(figure);
    // the words of the picture are the chart's too
    const element = yalu.make("div", { className: "yalu-live", "aria-hidden": "true" });
    const view = await embedded(element, sized(await content(figure), kind));
    await assume(figure, view);
    chart(figure).querySelector(".yalu-live")?.remove();
    chart(figure).append(element);
    chart(figure).classList.add("yalu-is-live");
    live.get(figure)?.view?.finalize();
    live.set(figure, { kind, view });
  }

  /* one drawing at a time for a figure; the last wish counts */
  const queues = new WeakMap();
  function queued(figure, work) {
    const next = (queues.get(figure) ?? Promise.resolve()).then(work)
      .catch((error) => console.error(error));
    queues.set(figure, next);
    return next;
  }

  const redraw = (figure) => queued(figure, () => live.has(figure) && draw(figure));

  /* the values that the reader has set among those that a figure follows */
  function wished(figure) {
    const values = yalu.assumptions?.values ?? {};
    const followed = (figure.dataset.follows ?? "").split(" ");
    return followed.filter((name) => name in values).map((name) => [name, values[name]]);
  }

  /* larger numbers need more room at the axis: Vega measures it again only when asked */
  async function assume(figure, view) {
    for (const [name, value] of wished(figure)) view.signal(name, value);
    await view.resize().runAsync();
  }

  /* a figure is altered when a value that it follows is not the book's */
  async function isAltered(figure) {
    if (!yalu.assumptions?.altered || !wished(figure).length) return false;
    const { spec } = await content(figure);
    const book = Object.fromEntries(spec.params.map(({ name, value }) => [name, value]));
    return wished(figure).some(([name, value]) => value !== book[name]);
  }

  async function follow(figure) {
    const altered = await isAltered(figure);
    if (live.has(figure)) await assume(figure, live.get(figure).view);
    else if (altered) await draw(figure);
    figure.classList.toggle("yalu-is-altered", altered);
    describe(figure, altered);
  }

  /* the words of a chart begin with its finding: under the reader's values, with the reader's */
  const published = new Map();
  function describe(figure, altered) {
    const { finding, words } = published.get(figure);
    const now = altered ? words.replace(finding, `${SENTENCE} ${title(figure)}`) : words;
    chart(figure).setAttribute("aria-label", now);
  }

  let asked = false;
  function assumptionsChanged() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      for (const figure of document.querySelectorAll("figure[data-follows]")) queued(figure, () => follow(figure));
    });
  }

  /* the chart as readers take it away: wide, in light colours, with the reader's values */
  yalu.exported = async (figure) => {
    const given = await content(figure);
    const spec = sized(given, "wide");
    const view = await embedded(document.createElement("div"), spec);
    await assume(figure, view);
    return { ...given, spec, view, values: Object.fromEntries(wished(figure)) };
  };

  /* moved, pressed or reached by keyboard: a page that only scrolls past does none of these */
  function takenInHand(event) {
    if (event.type === "pointermove" && event.pointerType === "touch") return;
    const figure = event.target.closest?.("figure[data-chart]");
    if (figure) queued(figure, () => live.has(figure) || draw(figure));
    if (figure && event.type === "click") queued(figure, () => tapped(event));
  }

  /* Files ------------------------------------------------------------------------------------ */

  const SENTENCE = "Drawn under the reader’s assumptions, not the published ones.";
  const RIM = 14;
  const FONT = "Liberation Sans, Arial, Helvetica, sans-serif";

  /* lines of at most `width` letters, cut between words */
  const fold = (text, width) => text.split(/\s+/).filter(Boolean).reduce((lines, word) => {
    const line = [lines.at(-1), word].filter(Boolean).join(" ");
    return line.length <= width ? [...lines.slice(0, -1), line] : [...lines, word];
  }, []);

  /* the caption as on the page, without its number */
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

  const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

  /* the chart with its title above and its foot below, as poster.svg of the build */
  async function poster(figure, given) {
    const chart = await given.view.toSVG();
    const [, ...size] = chart.match(/<svg [^>]*?width="([\d.]+)" height="([\d.]+)"/).map(Number);
    const heads = fold(title(figure), 72);
    const feet = foot(given).flatMap((line) => fold(line, 118));
    const top = RIM + 21 * heads.length + 8;
    const width = Math.max(size[0], 680) + 2 * RIM;
    const height = top + size[1] + 10 + RIM + 15 * feet.length;
    const line = (text, y, points, weight) => `<text x="${RIM}" y="${y}" font-family="${FONT}" `
      + `font-size="${points}" font-weight="${weight}" fill="#1d2329">${escaped(text)}</text>`;
    const lines = [...heads.map((text, n) => line(text, RIM + 16 + 21 * n, 16, 700)),
      ...feet.map((text, n) => line(text, top + size[1] + 20 + 15 * n, 11, n ? 400 : 700))].join("");
    const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" `
      + `viewBox="0 0 ${width} ${height}"><title>${escaped(title(figure))}</title>${given.metadata}<rect width="100%" height="100%" fill="#ffffff"/>${lines}`
      + `${chart.replace("<svg ", `<svg x="${RIM}" y="${top}" `)}</svg>\n`;
    return { width, height, blob: new Blob([text], { type: "image/svg+xml" }) };
  }

  async function png(figure, given) {
    const { width, height, blob } = await poster(figure, given);
    const image = yalu.make("img", { src: URL.createObjectURL(blob) });
    await image.decode();
    const canvas = yalu.make("canvas", { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  }

  function json(figure, given) {
    const params = given.spec.params.map((param) =>
      param.name in given.values ? { ...param, value: given.values[param.name] } : param);
    const papers = { ...Object.fromEntries(papersOf(given.origins, drawnUnder())), note: foot(given) };
    const spec = { ...given.spec, params, title: fold(title(figure), 70), usermeta: { yalu: papers } };
    return new Blob([`${JSON.stringify(spec, null, 1)}\n`], { type: "application/json" });
  }

  /* the same text as the build writes: see _text in sphinx/figures/data.py */
  function cell(value, kind) {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    if (kind === "date") {
      return new Date(value).toLocaleDateString("sv"); // YYYY-MM-DD of the reader's own time, as Vega has it
    }
    if (kind === "text") return String(value);
    return Number.isFinite(Number(value)) ? String(Number(Number(value).toPrecision(12))) : "";
  }

  const within = (row, other) => row.every((text, n) => !text || text === other[n]);

  /* the rows of all data sets, without those that another set shows in full */
  function joined(sets) {
    return sets.reduce((found, rows) => {
      const added = rows.filter((row) => !found.some((other) => within(row, other)));
      return [...found.filter((row) => !added.some((other) => within(row, other))), ...added];
    }, []);
  }

  function rows(view, { columns, data }) {
    const read = (tuple) => columns.map(({ field, kind }) => cell(tuple[field], kind));
    return joined(data.map((name) => view.data(name).map(read)));
  }

  const idsIn = (cell) => cell.split(/[;\s]+/).filter(Boolean);

  /* where a row comes from, by its cells: as Provenance.cells of the build */
  function added(origins, [claimCell, sourceCell], outlet) {
    const own = idsIn(claimCell).length + idsIn(sourceCell).length > 0;
    const claims = own ? idsIn(claimCell) : origins.claims;
    const ofRow = () => [...claims.map((claim) => origins.documents[claim]), ...idsIn(sourceCell)];
    const sources = own ? [...new Set(ofRow())] : origins.sources;
    const outlets = [...new Set(sources.map((source) => origins.outlets[source]))].join("; ");
    const named = claims.length ? claims.map((id) => `claim-${id}`) : sources.map((id) => `source-${id}`);
    const addresses = named.map((anchor) => `${origins.register}#${anchor}`).join(" ");
    return [claims.join(" "), sources.join(" "), (own ? "" : outlet) || outlets,
      named.length <= origins.most ? addresses : origins.address, own ? "this row" : "the whole figure"];
  }

  /* what a file says of itself: under the reader's assumptions, `drawn` says so */
  const papersOf = ({ papers }, drawn) => papers.map(([name, text]) => (
    [name, drawn && name === "assumptions" ? drawn : text]
  ));

  yalu.csvText = ({ view, tables, origins }, drawn = "") => {
    const columns = tables.flatMap((table) => table.columns.map(({ name }) => name));
    const own = [...new Set(columns)].filter((name) => !origins.added.includes(name));
    const names = tables.length > 1 ? ["part", ...own] : own;
    const papers = papersOf(origins, drawn);
    const lines = tables.flatMap((table) => rows(view, table).map((row) => {
      const cells = new Map([["part", table.name], ...table.columns.map(({ name }, n) => [name, row[n]])]);
      const cell = (name) => cells.get(name) ?? "";
      return [...names.map(cell), ...added(origins, origins.ids.map(cell), cell("outlet")), ...papers.map(([, text]) => text)];
    }));
    const heads = [...names, ...origins.added, ...papers.map(([name]) => name)];
    return yalu.csvOf([heads, ...lines]);
  };

  const drawnUnder = () => [SENTENCE, yalu.assumptions?.command].filter(Boolean).join(" ");
  const csv = (figure, given) => yalu.csvBlob(yalu.csvText(given, drawnUnder()));

  const MAKERS = { csv, png, json, svg: async (figure, given) => (await poster(figure, given)).blob };

  async function give(figure, kind) {
    const given = await yalu.exported(figure);
    const blob = await MAKERS[kind](figure, given);
    given.view.finalize();
    const href = URL.createObjectURL(blob);
    yalu.make("a", { href, download: `${figure.dataset.chart}-altered.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  /* the figure under the assumptions that the address holds: see fromAddress in assumptions.js */
  function addressOf(anchor) {
    const [page, hash = ""] = location.href.split("#");
    const set = yalu.assumptions?.altered && hash.startsWith("assumptions?");
    return set ? `${page}#${hash}&figure=${anchor}` : `${page}#${anchor}`;
  }

  async function copyAddress(button) {
    const words = (button.dataset.words ??= button.textContent);
    const address = addressOf(button.dataset.anchor);
    const done = await yalu.copied(address);
    button.focus();
    button.textContent = done ? "Copied" : address;
    if (done) setTimeout(() => { button.textContent = words; }, 2000);
  }

  function start() {
    for (const sign of ["pointermove", "click", "focusin"]) {
      document.addEventListener(sign, takenInHand, { passive: true });
    }
    for (const sign of ["pointerdown", "scroll", "keydown"]) {
      document.addEventListener(sign, hide, { passive: true, capture: true });
    }
    for (const figure of document.querySelectorAll("figure[data-follows]")) {
      published.set(figure, { finding: title(figure), words: chart(figure).getAttribute("aria-label") });
    }
    document.addEventListener("yalu:assumptions", assumptionsChanged);
    if (yalu.assumptions) assumptionsChanged();
    window.addEventListener("resize", () => {
      for (const [figure, { kind }] of live) if (kind !== kindOf(figure)) redraw(figure);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("figure.yalu-is-altered a[data-file]");
      if (!link) return;
      event.preventDefault();
      give(link.closest("figure"), link.dataset.file).catch((error) => console.error(error));
    });
    for (const button of document.querySelectorAll(".yalu-copy")) {
      button.hidden = false;
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", () => copyAddress(button));
    }
  }

  yalu.ready(start);
})();
