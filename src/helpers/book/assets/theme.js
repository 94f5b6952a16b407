/* The reader's choice of light or dark, kept in this browser only; set before the page shows. */
(() => {
  "use strict";
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
  system.addEventListener("change", () => show(root.dataset.mode));
  show(chosen());
})();
