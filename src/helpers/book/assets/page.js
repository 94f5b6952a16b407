/* The page around the text: contents on a phone, the search window, light and dark,
   the section in view. Without it the page has all of these as plain links. */
(() => {
  "use strict";
  const side = document.getElementById("site-navigation");
  const menu = document.querySelector(".page-menu");

  function setMenu(open) {
    side.classList.toggle("page-open", open);
    menu.setAttribute("aria-expanded", String(open));
    (open ? side.querySelector("a") : menu).focus();
  }

  function onMenu() {
    menu.setAttribute("role", "button");
    menu.setAttribute("aria-expanded", "false");
    menu.setAttribute("aria-controls", side.id);
    const toggle = (event) => {
      event.preventDefault();
      setMenu(!side.classList.contains("page-open"));
    };
    menu.addEventListener("click", toggle);
    menu.addEventListener("keydown", (event) => event.key === " " && toggle(event));
    side.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || !side.classList.contains("page-open")) return;
      if (link.matches(".page-close")) event.preventDefault();
      setMenu(false);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && side.classList.contains("page-open")) setMenu(false);
    });
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
  }

  function onTheme() {
    const button = document.querySelector(".page-theme");
    const name = () => {
      button.textContent = `Theme: ${window.yaluTheme.chosen()}`;
    };
    name();
    button.addEventListener("click", () => {
      window.yaluTheme.next();
      name();
    });
  }

  /* wide tables scroll in their own box: let the keyboard reach it */
  function onTables() {
    for (const box of document.querySelectorAll(".page-table, .highlight pre")) {
      const scrolls = box.scrollWidth > box.clientWidth;
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  function onSections() {
    const links = new Map();
    for (const link of side.querySelectorAll("nav ul ul a")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (section) links.set(section, link);
    }
    const inView = new Set();
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) inView.add(entry.target);
        else inView.delete(entry.target);
      }
      const first = [...links.keys()].find((section) => inView.has(section));
      for (const [section, link] of links) link.classList.toggle("page-here", section === first);
    }, { rootMargin: "-80px 0px -60% 0px" });
    for (const section of links.keys()) watch.observe(section);
  }

  onMenu();
  onSearch();
  onTheme();
  onSections();
  /* the observer speaks once the page has its size, so that no layout is forced before */
  new ResizeObserver(onTables).observe(document.body);
})();
