/* A card for each number: who said it, on what basis, who disagrees. The link itself works
   without this script. All text is set as text, never as HTML. */
(() => {
  "use strict";
  const { make } = window.yalu;
  const holder = document.getElementById("yalu-cards");
  if (!holder) return;
  const cards = JSON.parse(holder.textContent);
  const coarse = window.matchMedia("(hover: none)");
  let card, owner, timer;
  let quiet = false;

  const anchor = (textContent, href) => make("a", { textContent, href });
  const span = (className, ...children) => make("span", { className }, children);
  const row = ([label, text, href]) => span("yalu-card-row", span("yalu-card-label", label),
    span("yalu-card-value", href ? anchor(text, href) : text));

  function build(link) {
    const about = cards[link.getAttribute("href")];
    const close = make("button", { type: "button", className: "yalu-card-close", textContent: "Close" });
    close.addEventListener("click", () => hide(true));
    const settings = { id: "yalu-card", className: "yalu-card", tabIndex: -1, role: "dialog", "aria-label": about.label };
    const made = make("span", settings, [
      make("strong", { className: "yalu-card-figure", textContent: about.figure }),
      span("yalu-card-statement", about.statement),
      ...about.rows.map(row),
      span("yalu-card-foot", anchor(about.more, link.href), close),
    ]);
    made.addEventListener("mouseenter", () => clearTimeout(timer));
    made.addEventListener("mouseleave", later);
    return made;
  }

  function place(link) {
    if (window.innerWidth < 640) return;
    const at = link.getClientRects()[0] || link.getBoundingClientRect();
    const box = card.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - box.width - 8));
    const below = at.bottom + 6 + box.height < window.innerHeight || at.top < box.height + 12;
    card.style.left = `${left + window.scrollX}px`;
    card.style.top = `${(below ? at.bottom + 6 : at.top - box.height - 6) + window.scrollY}px`;
  }

  function show(link) {
    clearTimeout(timer);
    if (owner === link) return;
    hide(false);
    owner = link;
    card = build(link);
    document.body.append(card);
    link.setAttribute("aria-expanded", "true");
    link.setAttribute("aria-controls", card.id);
    place(link);
  }

  function hide(refocus) {
    clearTimeout(timer);
    if (!owner) return;
    const link = owner;
    card.remove();
    link.setAttribute("aria-expanded", "false");
    link.removeAttribute("aria-controls");
    owner = card = undefined;
    if (refocus) {
      quiet = true;
      link.focus();
      quiet = false;
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => { if (!card?.contains(document.activeElement)) hide(false); }, 250);
  }

  function into(event, link) {
    event.preventDefault();
    show(link);
    card.focus();
  }

  for (const link of document.querySelectorAll("a.yalu-claim, a.yalu-statement, a.yalu-result")) {
    if (!cards[link.getAttribute("href")]) continue;
    link.removeAttribute("title");
    link.setAttribute("aria-haspopup", "dialog");
    link.setAttribute("aria-expanded", "false");
    let touched = false;
    link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "touch") return;
      clearTimeout(timer);
      timer = setTimeout(() => show(link), 120);
    });
    link.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") later(); });
    link.addEventListener("focus", () => { if (!quiet && !touched) show(link); });
    link.addEventListener("blur", later);
    link.addEventListener("click", (event) => {
      if (touched || coarse.matches) into(event, link);
      touched = false;
    });
    link.addEventListener("keydown", (event) => {
      if (event.key === " " || event.key === "ArrowDown") into(event, link);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !owner) return;
    hide(card.contains(document.activeElement) || document.activeElement === owner);
  });
  document.addEventListener("pointerdown", (event) => {
    if (owner && !card.contains(event.target) && !owner.contains(event.target)) hide(false);
  });
  document.addEventListener("focusin", (event) => {
    if (owner && event.target !== owner && !card.contains(event.target)) later();
  });
})();
