/* Live charts. The static picture stands until the reader takes a figure in hand, or the
   assumptions that it follows change; then Vega (from this site, never from another) draws
   the same chart at the same size in its place. Nothing is loaded before. */
(() => {
  "use strict";
  const base = new URL(".", document.currentScript.src || document.baseURI).href;
  const { yalu } = window;
  const NARROW = 600;
  const loads = new Map();
  const charts = new Map();
  const live = new Map();

  /* a page in one file has its scripts within it */
  const within = { "vega-bundle.js": () => window.vegaEmbed };

  function script(path) {
    if (within[path]?.()) return Promise.resolve();
    if (!loads.has(path)) {
      loads.set(path, new Promise((resolve, reject) => {
        const onerror = () => reject(new Error(`cannot load ${path}`));
        document.head.append(yalu.make("script", { src: base + path, onload: resolve, onerror }));
      }));
    }
    return loads.get(path);
  }

  yalu.script = script;

  /* called by the script of each figure, since a page opened from a disk cannot fetch */
  yalu.chart = (name, content) => charts.set(name, content);

  async function content(figure) {
    const name = figure.dataset.chart;
    if (!charts.has(name)) await script(`figures/${name}.js`);
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

  function coloured(spec) {
    if (document.documentElement.dataset.theme !== "dark") return spec;
    const text = JSON.stringify(spec);
    return JSON.parse(text.replace(/#[0-9a-f]{6}/g, (hex) => window.yaluColours?.[hex] ?? hex));
  }

  /* what the chart says at a mark: the cells that are known */
  function told(value, safe) {
    if (typeof value !== "object") return safe(value);
    const known = Object.entries(value).filter(([, text]) => !["", "null", "NaN"].includes(`${text ?? ""}`));
    const row = ([name, text]) => `<tr><td class="key">${safe(name)}</td><td>${safe(`${text}`)}</td></tr>`;
    return `<table>${known.map(row).join("")}</table>`;
  }

  async function embedded(element, spec) {
    await script("vega-bundle.js");
    const options = { actions: false, renderer: "svg", ast: true, defaultStyle: false, logLevel: 1,
      tooltip: { theme: "yalu", disableDefaultStyle: true, formatTooltip: told } };
    return (await window.vegaEmbed(element, structuredClone(spec), options)).view;
  }

  const chart = (figure) => figure.querySelector(".yalu-chart");
  const kindOf = (figure) => (chart(figure).clientWidth < NARROW ? "narrow" : "wide");

  async function draw(figure) {
    const kind = kindOf(figure);
    // the words of the picture are the chart's too
    const element = yalu.make("div", { className: "yalu-live", "aria-hidden": "true" });
    const view = await embedded(element, coloured(sized(await content(figure), kind)));
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

  const enliven = (figure) => queued(figure, () => live.has(figure) || draw(figure));
  const redraw = (figure) => queued(figure, () => live.has(figure) && draw(figure));

  const followed = (figure) => (figure.dataset.follows ?? "").split(" ").filter(Boolean);

  /* the values that the reader has set among those that a figure follows */
  function wished(figure) {
    const values = yalu.assumptions?.values ?? {};
    return followed(figure).filter((name) => name in values).map((name) => [name, values[name]]);
  }

  async function assume(figure, view) {
    for (const [name, value] of wished(figure)) view.signal(name, value);
    await view.runAsync();
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
  }

  let asked = false;
  function followAll() {
    asked = false;
    document.querySelectorAll("figure[data-follows]").forEach((f) => queued(f, () => follow(f)));
  }

  function assumptionsChanged() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(followAll);
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
    if (figure) enliven(figure);
  }

  function refit() {
    for (const [figure, { kind }] of live) if (kind !== kindOf(figure)) redraw(figure);
  }

  function start() {
    for (const sign of ["pointermove", "click", "focusin"]) {
      document.addEventListener(sign, takenInHand, { passive: true });
    }
    document.addEventListener("yalu:assumptions", assumptionsChanged);
    if (yalu.assumptions) assumptionsChanged();
    window.addEventListener("resize", refit);
    new MutationObserver(() => [...live.keys()].forEach(redraw))
      .observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  yalu.ready(start);
})();
