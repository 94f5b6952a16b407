/* The model of a chapter in the page: Vega evaluates the expressions that the very functions
   of the notebook wrote, for the assumptions as set and for draws. */
(() => {
  "use strict";
  const WITHIN = "within_";
  /* Sobol's sequence, shifted bit by bit, as in helpers.analysis.draws */
  function sobolWords(count, directions, shift) {
    const words = new Uint32Array(count).fill(shift);
    directions.forEach((direction, bit) => {
      for (let i = 0; i < count; i += 1) {
        if ((i >>> bit) & 1) words[i] ^= direction;
      }
    });
    return words;
  }

  function uniform(count, directions, shift) {
    const words = sobolWords(count, directions, shift);
    const order = Uint32Array.from(words.keys()).sort((i, j) => words[i] - words[j] || i - j);
    const drawn = new Float64Array(count);
    order.forEach((index, rank) => { drawn[index] = (rank + 0.5) / count; });
    return drawn;
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

  const steps = (panel) => panel.steps.map(([name, expr]) => formula(name, expr));

  /* a step that no draw moves has been computed for the assumptions as set */
  function drawSteps(panel) {
    const exprs = new Map(panel.steps);
    return panel.draw_steps.map(([name, moved]) => (
      formula(name, moved ? exprs.get(name) : `data('now')[0]['${name}']`)
    ));
  }

  function answers(panel, keys) {
    return keys.flatMap((key) => Object.entries(panel.answers[key])
      .map(([end, expr]) => formula(`${key}__${end}`, expr)));
  }

  function specification(panel) {
    const names = Object.keys(panel.values);
    const given = (name) => formula(name, `p_${name}`);
    const drawn = (name) => formula(name, `isValid(h_${name}) ? h_${name} : ${panel.drawn[name]}`);
    return {
      signals: [
        ...names.map((name) => ({ name: `p_${name}`, value: panel.values[name] })),
        ...Object.keys(panel.drawn).map((name) => ({ name: `h_${name}`, value: null })),
      ],
      data: [
        {
          name: "now",
          values: [{}],
          transform: [
            ...names.map(given), ...steps(panel), ...answers(panel, Object.keys(panel.answers)),
          ],
        },
        {
          name: "draws",
          values: drawRows(panel),
          transform: [
            ...names.map((name) => (name in panel.drawn ? drawn(name) : given(name))),
            ...drawSteps(panel),
            ...answers(panel, panel.headlines),
          ],
        },
      ],
    };
  }

  function ends(row, panel, key) {
    return Object.fromEntries(Object.keys(panel.answers[key]).map((end) => [end, row[`${key}__${end}`]]));
  }

  function middle(rows, panel, key) {
    const paired = "low" in panel.answers[key];
    const values = Float64Array.from(rows, (row) => {
      const { value, low, high } = ends(row, panel, key);
      return paired ? low + row[WITHIN] * (high - low) : value;
    }).sort();
    const at = (share) => values[Math.max(0, Math.ceil(values.length * share) - 1)];
    return { low: at(0.05), high: at(0.95) };
  }

  /* an engine: (values) -> {answers, draws}, each by key; draws as the ends of their middle */
  async function engine(panel) {
    await window.yalu.script("vega-bundle.js");
    const options = { mode: "vega", ast: true, actions: false, renderer: "svg" };
    const { view } = await window.vegaEmbed(document.createElement("div"), specification(panel), options);
    return (values) => {
      for (const [name, value] of Object.entries(values)) {
        view.signal(`p_${name}`, value);
        if (name in panel.drawn) view.signal(`h_${name}`, value === panel.values[name] ? null : value);
      }
      view.run();
      const [now] = view.data("now");
      const rows = view.data("draws");
      return {
        answers: Object.fromEntries(Object.keys(panel.answers).map((key) => [key, ends(now, panel, key)])),
        draws: Object.fromEntries(panel.headlines.map((key) => [key, middle(rows, panel, key)])),
      };
    };
  }

  window.yalu = Object.assign(window.yalu ?? {}, { engine, uniform });
})();
