/* The reader's choice of light or dark, kept in this browser only; set before the page shows.
   It also asks for the fonts early; a page on disk may not, and needs no haste. */
(() => {
  "use strict";
  const script = document.currentScript.src;
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const choices = ["auto", "light", "dark"];

  function chosen() {
    try {
      const kept = localStorage.getItem("theme");
      return choices.includes(kept) ? kept : "auto";
    } catch {
      return "auto";
    }
  }

  function keep(choice) {
    try {
      if (choice === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", choice);
    } catch {
      /* a browser that keeps nothing: the choice holds for this page */
    }
  }

  function show(choice) {
    root.dataset.mode = choice;
    root.dataset.theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
  }

  window.yaluTheme = {
    chosen: () => root.dataset.mode,
    next() {
      const choice = choices[(choices.indexOf(root.dataset.mode) + 1) % choices.length];
      keep(choice);
      show(choice);
    },
  };
  function fetchFonts() {
    if (!window.location.protocol.startsWith("http")) return;
    for (const weight of [400, 600]) {
      const link = document.createElement("link");
      const file = `fonts/source-serif-4-latin-${weight}-normal.woff2`;
      Object.assign(link, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "" });
      link.href = new URL(file, script).href;
      document.head.append(link);
    }
  }

  system.addEventListener("change", () => show(root.dataset.mode));
  show(chosen());
  fetchFonts();
})();
