/* The model of a chapter in the page: Vega evaluates the expressions that the very functions
   of the notebook wrote, for the assumptions as set. */
(() => {
  "use strict";
  const named = (text) => text.replace(/datum\['(\w+)'\]/g, (_field, name) => `p_${name}`);

  /* the assumptions, the steps and the answers are signals */
  function specification({ values, steps, answers }) {
    const ends = Object.entries(answers).flatMap(([key, parts]) => (
      Object.entries(parts).map(([end, text]) => [`${key}__${end}`, text])
    ));
    return {
      signals: [
        ...Object.entries(values).map(([name, value]) => ({ name: `p_${name}`, value })),
        ...[...steps, ...ends].map(([name, text]) => ({ name: `p_${name}`, update: named(text) })),
      ],
    };
  }

  /* an engine: (values) -> answers, each by key with its ends */
  async function engine(panel) {
    await window.yalu.script("vega-bundle.js");
    const options = { mode: "vega", ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false };
    const { view } = await window.vegaEmbed(document.createElement("div"), specification(panel), options);
    return (values) => {
      for (const [name, value] of Object.entries(values)) view.signal(`p_${name}`, value);
      view.run();
      const ends = ([key, parts]) => (
        [key, Object.fromEntries(Object.keys(parts).map((end) => [end, view.signal(`p_${key}__${end}`)]))]
      );
      return Object.fromEntries(Object.entries(panel.answers).map(ends));
    };
  }

  window.yalu = Object.assign(window.yalu ?? {}, { engine });
})();
