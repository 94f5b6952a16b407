/* Pages of a printed book that are full, with figures beside the text that tells of them. The browser
   breaks pages where it must and leaves white what a figure does not fit into. So before it prints
   each chapter is measured at the width of the page: a figure that nearly fits is made a little
   smaller, and the text that follows one that does not fit comes before it. */
(() => {
  "use strict";
  const MM = 96 / 25.4;
  const [WIDTH, HEIGHT] = [160 * MM, 251 * MM];
  /* a picture is made smaller to this part of its size at most; a line of text, for rounding */
  const LEAST = 0.7;
  const LINE = 22;
  const LEAVES = "h1, h2, h3, h4, p, li, tr, figure, pre, dt, dd";
  const isHead = (leaf) => /^H[1-4]$/.test(leaf.tagName);
  const isText = (element) => element?.matches("p, ul, ol") && !element.querySelector("figure");
  const box = (element) => element.getBoundingClientRect();

  /* what is printed of a chapter, in order; a figure is one piece */
  function leaves(article) {
    return [...article.querySelectorAll(LEAVES)].filter((leaf) => (
      !leaf.parentElement.closest("figure, li, td, th, dd") && leaf.getClientRects().length > 0
    ));
  }

  /* whether a figure could be made to end at `foot` */
  function shrunk(figure, foot) {
    const picture = figure.querySelector("img.chart");
    const over = box(figure).bottom - foot;
    if (!picture || over <= 0) return over <= 0;
    const high = box(picture).height;
    if (high - over < LEAST * high) return false;
    picture.style.maxHeight = `${high - over}px`;
    return box(figure).bottom <= foot + 1;
  }

  /* put the text after a figure before it, until the page is full; say whether any was moved */
  function filled(figure, foot) {
    const block = figure.closest(".cell") ?? figure;
    let moved = false;
    while (box(figure).top < foot - 4 * LINE && isText(block.nextElementSibling)) {
      block.before(block.nextElementSibling);
      moved = true;
    }
    return moved;
  }

  function fit(article) {
    article.style.display = "flow-root"; // the room above its title is part of its first page
    let top = box(article).top;
    const seen = new Set();
    for (let n = 0, all = leaves(article); n < all.length; n += 1) {
      const leaf = all[n];
      const foot = top + HEIGHT - LINE / 2;
      const { top: start, bottom } = box(leaf);
      if (bottom <= foot) continue;
      if (leaf.tagName === "FIGURE") {
        if (shrunk(leaf, foot)) continue;
        if (!seen.has(leaf) && filled(leaf, foot)) {
          seen.add(leaf);
          all = leaves(article);
          n = all.findIndex((one) => box(one).bottom > foot) - 1;
          continue;
        }
      } else if (foot - start >= 3 * LINE && bottom - foot < HEIGHT) {
        top = Math.max(start, foot - (foot - start) % LINE); // within the text
        continue;
      }
      /* a heading goes with what it is above */
      let first = n;
      while (first > 0 && isHead(all[first - 1])) first -= 1;
      if (box(all[first]).top <= top) { top = bottom; continue; }
      top = box(all[first]).top;
      n = first - 1;
    }
  }

  window.addEventListener("load", () => {
    document.body.style.width = `${WIDTH}px`;
    for (const article of document.querySelectorAll("article")) fit(article);
    document.body.style.width = "";
    for (const article of document.querySelectorAll("article")) article.style.display = "";
  });
})();
