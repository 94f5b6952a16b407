/* The model of a chapter in the page: Vega evaluates the expressions that the very functions
   of the notebook wrote, for the assumptions as set and for draws. */
(() => {
  "use strict";
  const WITHIN = "within_";

  /* ranks of Sobol's sequence, shifted bit by bit, as in helpers.chapter.sampling */
  function uniform(count, directions, shift) {
    const words = new Uint32Array(count).fill(shift);
    directions.forEach((direction, bit) => {
      for (let i = 0; i < count; i += 1) if ((i >>> bit) & 1) words[i] ^= direction;
    });
    const order = Uint32Array.from(words.keys()).sort((i, j) => words[i] - words[j] || i - j);
    const found = new Float64Array(count);
    order.forEach((index, rank) => { found[index] = (rank + 0.5) / count; });
    return found;
  }

  function drawRows(panel) {
    const { count, directions, shifts } = panel.draws;
    const columns = [...Object.keys(panel.drawn), WITHIN]
      .map((name) => [name === WITHIN ? name : `u_${name}`, uniform(count, directions[name], shifts[name])]);
    return Array.from({ length: count }, (_, row) => (
      Object.fromEntries(columns.map(([name, values]) => [name, values[row]]))
    ));
  }

  const formula = (as, expr) => ({ type: "formula", as, expr });
  const end = (key, name) => `${key}__${name}`;
  const texts = (panel, keys) => keys.flatMap((key) => (
    Object.entries(panel.answers[key]).map(([name, expr]) => [end(key, name), expr])
  ));

  /* a field of a row that is the same in all rows is a signal, computed once */
  const withSignals = (expr, fields) => expr.replace(/datum\['(\w+)'\]/g, (field, name) => (
    fields.has(name) ? field : `p_${name}`
  ));

  /* The assumptions, the steps and the answers are signals. The rows of the draws hold only
     what a draw moves; the draws themselves come first, since nothing makes Vega draw them again. */
  function specification(panel) {
    const names = Object.keys(panel.drawn);
    const [none, fields] = [new Set(), new Set([...names, ...panel.draw_steps])];
    const steps = new Map(panel.steps);
    const signal = ([name, expr]) => ({ name: `p_${name}`, update: withSignals(expr, none) });
    const inRows = ([name, expr]) => formula(name, withSignals(expr, fields));
    return {
      signals: [
        ...Object.entries(panel.values).map(([name, value]) => ({ name: `p_${name}`, value })),
        ...names.map((name) => ({ name: `h_${name}`, value: null })),
        ...[...panel.steps, ...texts(panel, Object.keys(panel.answers))].map(signal),
      ],
      data: [{
        name: "draws",
        values: drawRows(panel),
        transform: [
          ...names.map((name) => formula(`d_${name}`, panel.drawn[name])),
          ...names.map((name) => formula(name, `isValid(h_${name}) ? h_${name} : datum['d_${name}']`)),
          ...[...panel.draw_steps.map((name) => [name, steps.get(name)]), ...texts(panel, panel.headlines)].map(inRows),
        ],
      }],
    };
  }

  /* the ends of an answer, each found by its name */
  function ends(panel, key, found) {
    return Object.fromEntries(Object.keys(panel.answers[key]).map((name) => [name, found(end(key, name))]));
  }

  function middle(rows, panel, key) {
    const paired = "low" in panel.answers[key];
    const [value, low, high] = ["value", "low", "high"].map((name) => end(key, name));
    const values = Float64Array.from(rows, (row) => (
      paired ? row[low] + row[WITHIN] * (row[high] - row[low]) : row[value]
    )).sort();
    const at = (share) => values[Math.max(0, Math.ceil(values.length * share) - 1)];
    return { low: at(0.05), high: at(0.95) };
  }

  /* an engine: (values) -> {answers, draws}, each by key; draws as the ends of their middle */
  async function engine(panel) {
    await window.yalu.script("vega-bundle.js");
    const options = { mode: "vega", ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false };
    const { view } = await window.vegaEmbed(document.createElement("div"), specification(panel), options);
    return (values) => {
      for (const [name, value] of Object.entries(values)) {
        view.signal(`p_${name}`, value);
        if (name in panel.drawn) view.signal(`h_${name}`, value === panel.values[name] ? null : value);
      }
      view.run();
      const now = (name) => view.signal(`p_${name}`);
      const rows = view.data("draws");
      return {
        answers: Object.fromEntries(Object.keys(panel.answers).map((key) => [key, ends(panel, key, now)])),
        draws: Object.fromEntries(panel.headlines.map((key) => [key, middle(rows, panel, key)])),
      };
    };
  }

  window.yalu = Object.assign(window.yalu ?? {}, { engine, uniform });
})();
