/* Numbers in words, as helpers.chapter.wording writes them: a test holds the two together. */
(() => {
  "use strict";
  const HEDGES = { about: "about ", nearly: "nearly " };
  const BOUNDS = { more_than: "more than ", at_least: "at least ", up_to: "up to ", less_than: "less than " };
  const SCALES = [[1e9, "billion"], [1e6, "million"]];

  const roundTo = (number, digits) => (
    number === 0 || !Number.isFinite(number) ? number : Number(number.toPrecision(digits))
  );

  function plain(number) {
    const [whole, rest] = Math.abs(number).toFixed(6).split(".");
    const fraction = rest.replace(/0+$/, "");
    const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
    return (number < 0 && text !== "0" ? "−" : "") + text;
  }

  function number(value, digits) {
    const rounded = digits ? roundTo(value, digits) : value;
    for (const [scale, word] of SCALES) {
      if (Math.abs(rounded) < scale) continue;
      const scaled = rounded / scale;
      return `${plain(digits ? roundTo(scaled, digits) : scaled)} ${word}`;
    }
    return plain(rounded);
  }

  function span(low, high, digits) {
    const [first, last] = [number(low, digits), number(high, digits)];
    if (first === last) return first;
    const [head, scale = ""] = first.split(/ (.*)/);
    const same = scale === (last.split(/ (.*)/)[1] ?? "");
    return (first + last).includes("−") || !same ? `${first} to ${last}` : `${head}–${last}`;
  }

  const known = (value) => value !== undefined && value !== null && Number.isFinite(value);

  function bare(quantity, about) {
    const { value, low, high } = quantity;
    const hedge = HEDGES[about.qualifier] ?? "";
    if (known(low) && known(high)) return hedge + span(low, high, about.digits);
    if (known(value)) return hedge + number(value, about.digits);
    if (known(low)) return (BOUNDS[about.qualifier] ?? "at least ") + number(low, about.digits);
    if (known(high)) return (BOUNDS[about.qualifier] ?? "up to ") + number(high, about.digits);
    return null;
  }

  const percent = (value) => (known(value) ? roundTo(value * 100, 12) : value);

  /* `about`: unit ([one, many]), per, digits, qualifier, share, percent; as `answers.panel` gives it */
  function quantity(found, about, style) {
    if (typeof found.value === "string") return found.value;
    const figures = about.share
      ? { value: percent(found.value), low: percent(found.low), high: percent(found.high) }
      : found;
    const text = bare(figures, about);
    if (text === null) return about.unknown ?? "not known";
    if (style === "bare") return text;
    const numbers = [figures.low, figures.value, figures.high].filter(known);
    const only = (figure) => numbers.length === 1 && numbers[0] === figure;
    const unit = about.share ? "per cent" : about.unit[only(1) ? 0 : 1];
    const hedge = HEDGES[about.qualifier] ?? BOUNDS[about.qualifier] ?? "";
    const half = (about.share || about.percent) && only(50);
    const words = half ? `${hedge}half` : `${text} ${unit}`.replace("million million", "trillion");
    return `${words} ${style === "full" ? about.per ?? "" : ""}`.trim();
  }

  window.yalu = Object.assign(window.yalu ?? {}, { words: { number, quantity } });
})();
