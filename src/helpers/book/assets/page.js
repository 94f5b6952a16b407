/* The page around the text. At once, before it shows: the reader's choice of light or dark, kept
   in this browser only. Once it is read: contents on a phone, the search window, the section in
   view. Without this script the page has all of these as plain links. */
(() => {
  "use strict";
  const script = document.currentScript.src;
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const forced = window.matchMedia("(forced-colors: active)");
  const choices = ["auto", "light", "dark"];

  function showTheme(choice) {
    root.dataset.mode = choice;
    const follows = choice === "auto" || forced.matches;
    root.dataset.theme = follows ? (system.matches ? "dark" : "light") : choice;
  }

  function storedTheme() {
    try {
      const stored = localStorage.getItem("theme");
      return choices.includes(stored) ? stored : "auto";
    } catch {
      return "auto";
    }
  }

  function nextTheme() {
    const choice = choices[(choices.indexOf(root.dataset.mode) + 1) % choices.length];
    showTheme(choice);
    try {
      if (choice === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", choice);
    } catch {
      /* a browser that stores nothing: the choice holds for this page */
    }
  }

  root.classList.add("page-scripts");
  for (const one of [system, forced]) one.addEventListener("change", () => showTheme(root.dataset.mode));
  showTheme(storedTheme());

  /* ask for the fonts early; a page opened from disk may not, and needs no haste */
  for (const weight of window.location.protocol.startsWith("http") ? [400, 600] : []) {
    const href = new URL(`fonts/source-serif-4-latin-${weight}-normal.woff2`, script).href;
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href });
    document.head.append(link);
  }

  function onMenu(side) {
    const menu = document.querySelector(".page-menu");
    const isOpen = () => side.classList.contains("page-open");
    const setMenu = (open) => {
      side.classList.toggle("page-open", open);
      menu.setAttribute("aria-expanded", String(open));
      (open ? side.querySelector("a") : menu).focus();
    };
    const toggle = (event) => {
      event.preventDefault();
      setMenu(!isOpen());
    };
    menu.setAttribute("role", "button");
    menu.setAttribute("aria-expanded", "false");
    menu.setAttribute("aria-controls", side.id);
    menu.addEventListener("click", toggle);
    menu.addEventListener("keydown", (event) => event.key === " " && toggle(event));
    side.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || !isOpen()) return;
      if (link.matches(".page-close")) event.preventDefault();
      setMenu(false);
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && isOpen() && setMenu(false));
  }

  function onSearch() {
    const find = document.querySelector(".page-find");
    const open = (event) => {
      event.preventDefault();
      if (!find.open) find.showModal();
      find.querySelector("input").focus();
    };
    document.querySelector(".page-search").addEventListener("click", open);
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") open(event);
    });
    find.addEventListener("click", (event) => event.target === find && find.close());
    /* the words go behind "#" in the address, which no server sees */
    for (const form of document.querySelectorAll("form[role=search]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        find.close();
        window.location.assign(`${form.action.split("#")[0]}#?${new URLSearchParams(new FormData(form))}`);
      });
    }
  }

  function onTheme() {
    const button = document.querySelector(".page-theme");
    const name = () => { button.textContent = `Theme: ${root.dataset.mode}`; };
    name();
    button.addEventListener("click", nextTheme);
    button.addEventListener("click", name);
  }

  function onSections(side) {
    const links = new Map();
    for (const link of side.querySelectorAll("nav ul ul a")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (section) links.set(section, link);
    }
    const inView = new Set();
    const watch = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) inView[isIntersecting ? "add" : "delete"](target);
      const first = [...links.keys()].find((section) => inView.has(section));
      for (const [section, link] of links) link.classList.toggle("page-here", section === first);
    }, { rootMargin: "-80px 0px -60% 0px" });
    for (const section of links.keys()) watch.observe(section);
  }

  /* one switch for the code of all cells */
  function onCode() {
    const cells = document.querySelectorAll("details.hide");
    if (!cells.length) return;
    const button = document.createElement("button");
    const name = (shown) => {
      button.textContent = shown ? "Hide the code" : "Show the code of this page";
      button.setAttribute("aria-pressed", String(shown));
    };
    Object.assign(button, { type: "button", className: "page-switch" });
    name(false);
    button.addEventListener("click", () => {
      const shown = root.classList.toggle("page-code");
      for (const cell of cells) cell.open = shown;
      name(shown);
    });
    const fold = document.querySelector("#for-those-who-check .page-fold > summary");
    if (fold) fold.after(button);
    else document.querySelector(".page-article").append(button);
  }

  /* wide tables scroll in their own box: let the keyboard reach it */
  function onTables() {
    for (const box of document.querySelectorAll(".page-table, .highlight pre")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  /* on paper the page says where and when it was printed */
  function onPrint() {
    const head = document.querySelector(".yalu-paper");
    const words = head.textContent;
    window.addEventListener("beforeprint", () => {
      const day = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
      head.textContent = `${words.split(" http")[0]} Printed from ${window.location.href} on ${day}.`;
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const side = document.getElementById("site-navigation");
    onMenu(side);
    onSearch();
    onTheme();
    onCode();
    onPrint();
    onSections(side);
    /* the observer speaks once the page has its size, so that no layout is forced before */
    new ResizeObserver(onTables).observe(document.body);
  });
})();
