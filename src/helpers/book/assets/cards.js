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
  /* a second press of Enter, on the link in the card, goes where the link of the number leads */
  const OPENS = new Set(["Enter", " ", "ArrowDown"]);

  const outside = { rel: "noopener noreferrer nofollow" };
  const anchor = (textContent, href) =>
    make("a", { textContent, href, ...(href.startsWith("https://web.archive.org/") && outside) });
  const span = (className, ...children) => make("span", { className }, children);
  const row = ([label, text, href]) => span("yalu-card-row", span("yalu-card-label", label),
    span("yalu-card-value", href ? anchor(text, href) : text));

  function build(link) {
    const about = cards[link.getAttribute("href")];
    const close = make("button", { type: "button", className: "yalu-card-close", textContent: "Close" });
    close.addEventListener("click", () => hide(true));
    const named = `${about.label}: ${about.figure}`;
    const settings = { id: "yalu-card", className: "yalu-card", tabIndex: -1, role: "dialog", "aria-label": named };
    const made = make("div", settings, [
      span("yalu-card-head", make("strong", { className: "yalu-card-figure", textContent: about.figure }), close),
      span("yalu-card-statement", about.statement),
      ...about.rows.map(row),
      span("yalu-card-foot", anchor(about.more, link.href)),
    ]);
    made.addEventListener("mouseenter", () => clearTimeout(timer));
    made.addEventListener("mouseleave", later);
    made.addEventListener("keydown", stay);
    /* a link within the page leaves the card as a link to another page does */
    made.addEventListener("click", (event) => event.target.closest("a") && hide(false));
    return made;
  }

  /* Tab goes round within the card */
  function stay(event) {
    if (event.key !== "Tab") return;
    const stops = [...card.querySelectorAll("a, button")];
    const at = stops.indexOf(document.activeElement);
    event.preventDefault();
    stops.at((at < 0 && event.shiftKey ? -1 : at + (event.shiftKey ? -1 : 1)) % stops.length).focus();
  }

  /* below the words that it tells of, or above them where there is more room; never over them */
  function place(link) {
    const [first, last] = [link.getClientRects()[0], [...link.getClientRects()].at(-1)];
    const above = first.top - 14;
    const below = window.innerHeight - last.bottom - 14;
    const high = card.offsetHeight;
    const isBelow = high <= below || below >= above;
    card.style.maxHeight = `${Math.max(isBelow ? below : above, 160)}px`;
    const at = isBelow ? last.bottom + 6 : first.top - 6 - card.offsetHeight;
    const left = (isBelow ? last : first).left;
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    card.style.left = `${Math.max(8, Math.min(left, room)) + window.scrollX}px`;
    card.style.top = `${at + window.scrollY}px`;
  }

  /* on a phone the card stands at the foot of the screen, and the line that was tapped above it */
  function placeAtFoot(link) {
    card.classList.add("yalu-card-at-foot");
    document.body.style.paddingBottom = `${card.offsetHeight}px`;
    const over = link.getBoundingClientRect().bottom + 24 - (window.innerHeight - card.offsetHeight);
    if (over > 0) window.scrollBy({ top: over, behavior: "instant" });
  }

  function show(link, tapped = false) {
    clearTimeout(timer);
    if (owner === link) return;
    hide(false);
    owner = link;
    card = build(link);
    document.body.append(card);
    link.setAttribute("aria-expanded", "true");
    link.setAttribute("aria-controls", card.id);
    if (tapped && window.innerWidth < 640) placeAtFoot(link);
    else place(link);
  }

  function hide(refocus) {
    clearTimeout(timer);
    if (!owner) return;
    const link = owner;
    card.remove();
    document.body.style.paddingBottom = "";
    link.setAttribute("aria-expanded", "false");
    link.removeAttribute("aria-controls");
    owner = card = undefined;
    if (refocus) {
      quiet = true;
      link.focus({ preventScroll: true });
      quiet = false;
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => { if (!card?.contains(document.activeElement)) hide(false); }, 250);
  }

  function into(event, link, tapped) {
    event.preventDefault();
    show(link, tapped);
    card.setAttribute("aria-modal", "true");
    card.focus({ preventScroll: true });
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
      if (touched || coarse.matches) into(event, link, true);
      touched = false;
    });
    link.addEventListener("keydown", (event) => {
      if (OPENS.has(event.key) && !event.ctrlKey && !event.metaKey && !event.shiftKey) into(event, link, false);
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
