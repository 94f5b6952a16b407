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

  window.yalu = Object.assign(window.yalu ?? {}, { make, ready, copied });
})();
