/* Charts with controls: the static picture stands until the chart comes near the view,
   then Vega (from this site, never from another) draws it with its sliders. */
(() => {
  "use strict";
  const base = new URL(".", document.currentScript.src || document.baseURI).href;
  let bundle;

  function vega() {
    if (window.yaluVegaEmbed) return Promise.resolve(window.yaluVegaEmbed);
    bundle ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${base}vega-bundle.js`;
      script.onload = () => resolve(window.yaluVegaEmbed);
      script.onerror = reject;
      document.head.append(script);
    });
    return bundle;
  }

  /* stacked charts are not fitted by Vega: leave room for the labels of their axes */
  function sized(spec, width) {
    if (spec.vconcat) return { ...spec, vconcat: spec.vconcat.map((part) => sized(part, width - 56)) };
    if (spec.spec) return { ...spec, spec: sized(spec.spec, width - 24) };
    return { ...spec, width };
  }

  function coloured(text) {
    if (document.documentElement.dataset.theme !== "dark") return text;
    return text.replace(/#[0-9a-f]{6}/g, (hex) => window.yaluColours?.[hex] ?? hex);
  }

  async function draw(script) {
    const figure = script.closest("figure");
    const still = figure.querySelector(".yalu-chart");
    const embed = await vega();
    const width = Math.min(680, Math.floor(figure.clientWidth));
    const live = document.createElement("div");
    live.className = "yalu-live";
    const spec = sized(JSON.parse(coloured(script.textContent)), width);
    if (width < 600) spec.config.legend = { ...spec.config.legend, columns: 2, labelLimit: 150 };
    const previous = figure.querySelector(".yalu-live");
    await embed(live, spec, { actions: false, renderer: "svg", ast: true, tooltip: { theme: "custom" } });
    if (previous) previous.replaceWith(live);
    else still.after(live);
    still.hidden = true;
  }

  function start() {
    const specs = [...document.querySelectorAll("script.yalu-spec")];
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        draw(entry.target.querySelector("script.yalu-spec"));
      }
    }, { rootMargin: "400px" });
    specs.forEach((script) => near.observe(script.closest("figure")));
    new MutationObserver(() => {
      specs.filter((s) => s.closest("figure").querySelector(".yalu-live")).forEach(draw);
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
