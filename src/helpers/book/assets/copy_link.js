/* The button under each figure that copies the figure's address, from a disk too. */
(() => {
  "use strict";
  const SAID = 2000;

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copiedByHand(text);
    }
  }

  /* where the clipboard is closed to the page, the old way often still works */
  function copiedByHand(text) {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "yalu-clipboard";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  async function copy(button) {
    const words = button.dataset.words ?? button.textContent;
    const address = `${location.href.split("#")[0]}#${button.dataset.anchor}`;
    button.dataset.words = words;
    const done = await copied(address);
    button.focus();
    button.textContent = done ? "Copied" : address;
    if (done) setTimeout(() => { button.textContent = words; }, SAID);
  }

  function start() {
    for (const button of document.querySelectorAll(".yalu-copy")) {
      button.hidden = false;
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", () => copy(button));
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
