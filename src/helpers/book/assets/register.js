/* The register: its filter, what is found by words in one list, the CSV of it, and a link that
   brings the same view back. The filter is behind "#?" in the address, so that no server ever sees it. */
(() => {
  "use strict";
  const { finder, make } = window.yalu;
  const ROWS = new URL("register-rows.js", document.currentScript.src).href;
  const FEW = 40;
  const WEIGHTS = { head: 3, label: 2, where: 2, text: 1 };
  const OF_CLAIMS = ["theme", "indicator", "place", "basis", "status", "unit"];

  /* the years of "2012-2015", also where one side is open */
  function within(years, year) {
    if (!years) return false;
    const [first, last = first] = years.split("-");
    return (!first || first <= year) && (!last || year <= last);
  }

  function everyYear(years) {
    const [first, last] = (years ?? "").split("-").map(Number);
    return first && last ? Array.from({ length: last - first + 1 }, (_, n) => first + n).join(" ") : "";
  }

  const number = (text) => (text ? Number.parseFloat(text.replace(/[,\s]/g, "")) : Number.NaN);

  function readEntry(element) {
    const group = element.closest(".reg-group");
    const { low, high, ...about } = element.dataset;
    const ends = [number(low), number(high)].filter((end) => !Number.isNaN(end));
    const { theme } = group.closest(".reg-theme")?.dataset ?? {};
    return {
      ...about, id: element.id, element, group, theme, indicator: group.dataset.indicator,
      label: group.querySelector("h3").textContent,
      origin: element.parentElement.closest(".reg-claim")?.id,
      low: Math.min(...ends), high: Math.max(...ends), via: (about.via ?? "").split(" "),
    };
  }

  /* an entry as the finder takes it: without its repeats and what is told of other entries */
  function record({ id, element, label, years }) {
    const [head, where, ...rest] = [...element.children].filter((part) => !part.matches(".reg-repeats, .reg-beside, .reg-label"));
    const text = [head.querySelector("strong") ? head.querySelector(".reg-mark")?.textContent : "", ...rest.map((part) => part.textContent)];
    return {
      id, label: element.matches(".reg-source") ? "" : label,
      head: (head.querySelector("strong") ?? head).textContent,
      where: `${where.textContent} ${everyYear(years)}`, text: text.join(" \n "),
      factor: element.querySelector(":scope > .reg-used") ? 1.15 : 1,
    };
  }

  function readContest(element) {
    const links = element.querySelectorAll('tbody a[href^="#claim-"]');
    return {
      element,
      folder: element.closest(".reg-contests"),
      claims: new Set([...links].map((link) => link.hash.slice(1))),
    };
  }

  /* whether an entry fits the menus; a document has none of the fields of claims, a statement
     neither indicator nor status nor figure */
  function fitsMenus(item, want) {
    return OF_CLAIMS.every((name) => !want[name] || want[name] === item[name])
      && (!want.outlet || want.outlet === item.family || Boolean(want.via && item.via.includes(want.outlet)))
      && (!want.year || within(item.years, want.year))
      && (!want.least || item.high >= number(want.least))
      && (!want.most || item.low <= number(want.most));
  }

  const held = (item) => item.hit?.held.length ?? 0;
  const most = (items) => Math.max(0, ...items.map(held));
  const bySize = (a, b) => (a > b ? 1 : a < b ? -1 : 0);

  /* the units of entries, the most frequent first: figures of different units cannot be ordered */
  function unitOrder(items) {
    const counts = new Map();
    for (const { unit } of items) counts.set(unit, (counts.get(unit) ?? 0) + 1);
    const units = [...counts].sort(([, a], [, b]) => b - a).map(([unit]) => unit);
    return (item) => (item.unit ? units.indexOf(item.unit) : Infinity);
  }

  const dated = (first) => (a, b) => bySize(!a.day, !b.day) || first * bySize(a.day, b.day);
  const figures = (items, first) => {
    const unit = unitOrder(items);
    const end = (item) => (first < 0 ? item.high : item.low);
    return (a, b) => bySize(unit(a), unit(b)) || first * bySize(end(a), end(b));
  };
  const ORDERS = {
    "": () => (a, b) => b.rank.held - a.rank.held || b.rank.score - a.rank.score,
    new: () => dated(-1),
    old: () => dated(1),
    high: (items) => figures(items, -1),
    low: (items) => figures(items, 1),
  };

  const quoted = (words) => words.map((word) => `“${word}”`).join(", ");

  /* which words were ignored, which none of the entries shown has */
  function told({ words, ignored }, shown, menus) {
    const said = [];
    const best = most(shown);
    if (words.length && !best) said.push(`Nothing ${menus ? "in this selection " : ""}has ${words.length > 1 ? "any of " : ""}${quoted(words)}.`);
    else if (best < words.length) {
      const without = words.filter((_, at) => !shown.some((item) => held(item) === best && item.hit.held.includes(at)));
      said.push(`No entry has all of the words; the first have ${best} of ${words.length}${without.length ? `, without ${quoted(without)}` : ""}.`);
    }
    if (ignored.length) said.push(`Ignored: ${quoted(ignored)}.`);
    return said.join(" ");
  }

  /* the list of all that was found, its end behind a button; an entry leaves a mark where it was */
  function foundList(section) {
    const [list, more] = [section.querySelector("ul"), section.querySelector("button")];
    let items = [];
    let shown = 0;
    const marks = new Map();
    const show = (count) => {
      for (const { element, label } of items.slice(shown, count)) {
        const mark = document.createComment("");
        element.replaceWith(mark);
        marks.set(mark, element);
        if (!element.querySelector(":scope > .reg-label") && !element.matches(".reg-source")) {
          element.prepend(make("p", { className: "reg-label", textContent: label }));
        }
        list.append(element);
      }
      shown = Math.min(count, items.length);
      more.parentElement.hidden = shown === items.length;
      more.textContent = `Show all ${items.length}`;
    };
    more.addEventListener("click", () => {
      const next = items[shown].element;
      show(Infinity);
      next.querySelector("a").focus();
    });
    return (found) => {
      for (const [mark, element] of marks) mark.replaceWith(element);
      marks.clear();
      [items, shown] = [found, 0];
      section.hidden = !found.length;
      show(FEW);
    };
  }

  function loadRows() {
    if (window.yaluRows) return Promise.resolve(window.yaluRows);
    return new Promise((done, failed) => {
      const script = make("script", { src: ROWS, onload: () => done(window.yaluRows), onerror: failed });
      document.head.append(script);
    });
  }

  async function giveCsv(items) {
    const { columns, rows } = await loadRows();
    const page = location.protocol.startsWith("http") ? location.href.split("#")[0] : location.pathname.split("/").pop();
    const lines = [[...columns, "link"], ...items.map(({ id }) => [...rows[id], `${page}#${id}`])];
    const href = URL.createObjectURL(window.yalu.csvBlob(window.yalu.csvOf(lines)));
    make("a", { href, download: "register.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }

  function start() {
    const form = document.getElementById("yalu-register");
    // statements, findings without a number, are filtered as claims are
    const entries = [...document.querySelectorAll(".reg-claim, .reg-statement")].map(readEntry);
    const isTold = ({ element }) => element.matches(".reg-statement");
    const sources = [...document.querySelectorAll(".reg-source")].map(readEntry);
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const groups = [...document.querySelectorAll(".reg-group")];
    const contests = [...document.querySelectorAll(".reg-contest")].map(readContest);
    const folders = [...document.querySelectorAll(".reg-contests")];
    const sections = new Set([...groups, ...folders].map((group) => group.closest("section")).filter(Boolean));
    const total = new Map([...groups, ...folders].map((group) => [group, group.querySelector(".reg-count").textContent]));
    const fields = [...form.elements].filter((field) => field.name);
    const lists = [...document.querySelectorAll(".reg-found")].map(foundList);
    const note = form.querySelector(".reg-note");
    let find;
    let inOrder = entries;

    const value = (field) => (field.type === "checkbox" ? (field.checked ? field.value : "") : field.value.trim());
    const state = () => Object.fromEntries(fields.map((field) => [field.name, value(field)]).filter(([, given]) => given));

    const prepare = () => { find ??= finder([...entries, ...sources].map(record), WEIGHTS); };

    function ask(words) {
      if (!words) return { words: [], ignored: [], found: new Map() };
      prepare();
      return find(words);
    }

    /* fills in which items fit: of those that fit the menus, the ones with most of the words */
    function choose(items, want, words) {
      const fitting = items.filter((item) => fitsMenus(item, want));
      const least = want.any ? 1 : Math.max(1, most(fitting));
      for (const item of items) item.fits = false;
      for (const item of fitting) item.fits = !words.length || held(item) >= least;
      return fitting.filter((item) => item.fits);
    }

    /* a claim that is repeated stays, greyed, where only a repeat of it fits; it ranks as its best repeat */
    function showOrigins() {
      for (const item of [...entries, ...sources]) {
        item.element.hidden = !item.fits;
        item.rank = item.fits && item.hit ? { held: held(item), score: item.hit.score } : { held: 0, score: 0 };
        item.element.classList.remove("reg-context");
      }
      for (const repeat of entries.filter((entry) => entry.origin && entry.fits)) {
        const origin = byId.get(repeat.origin);
        origin.element.classList.toggle("reg-context", !origin.fits);
        origin.element.hidden = false;
        origin.rank = { held: Math.max(origin.rank.held, repeat.rank.held), score: Math.max(origin.rank.score, repeat.rank.score) };
      }
    }

    const isShown = ({ element, origin }) => !origin && !element.hidden;

    /* one list of what was found, or everything in its place */
    function arrange(flat, sort) {
      const [top, papers] = [entries, sources].map((items) => {
        const shown = items.filter(isShown);
        return flat ? shown.sort(ORDERS[sort](shown)) : [];
      });
      lists[0](top);
      lists[1](sort === "high" || sort === "low" ? papers.sort(ORDERS[""]()) : papers);
      inOrder = flat ? top : entries;
    }

    function showGroups(filtered, flat, found) {
      const counts = new Map();
      for (const { fits, group } of [...entries, ...sources]) if (fits) counts.set(group, (counts.get(group) ?? 0) + 1);
      for (const group of groups) {
        const count = counts.get(group) ?? 0;
        countIn(group, count, count !== Number.parseInt(total.get(group), 10));
        group.hidden ||= flat;
        if (filtered) group.open = found <= FEW && Boolean(group.closest(".reg-theme"));
      }
    }

    function countIn(folder, count, filtered) {
      const all = total.get(folder);
      folder.hidden = count === 0;
      folder.querySelector(".reg-count").textContent = filtered ? `${count} of ${all}` : all;
    }

    /* a contest is not cut: it shows where one of its claims fits */
    function showContests(filtered, found) {
      const fitting = new Set(found.map(({ id }) => id));
      for (const contest of contests) contest.element.hidden = ![...contest.claims].some((id) => fitting.has(id));
      for (const folder of folders) {
        countIn(folder, contests.filter((c) => c.folder === folder && !c.element.hidden).length, filtered);
      }
    }

    function apply() {
      const want = state();
      const { q, sort = "", ...menus } = want;
      const filtered = Object.keys(want).length > 0;
      const answer = ask(q);
      for (const item of [...entries, ...sources]) item.hit = answer.found.get(item.id);
      const found = choose(entries, want, answer.words);
      const papers = choose(sources, want, answer.words);
      note.textContent = told(answer, found.length ? found : papers, Object.keys(menus).length);
      form.elements.sort.options[0].textContent = answer.words.length ? "best match" : "theme";
      const cited = new Set(found.map(({ source }) => `source-${source}`));
      for (const source of sources) source.fits ||= cited.has(source.id);
      const flat = answer.words.length > 0 || Boolean(sort);
      showOrigins();
      showGroups(filtered, flat, found.length);
      arrange(flat, sort);
      showContests(filtered, found);
      for (const section of sections) section.hidden = [...section.querySelectorAll(".reg-group, .reg-contests")].every(({ hidden }) => hidden);
      for (const repeats of filtered ? document.querySelectorAll(".reg-repeats") : []) {
        repeats.open = repeats.parentElement.classList.contains("reg-context");
      }
      const statements = entries.filter(isTold).length;
      const without = found.filter(isTold).length;
      form.querySelector(".reg-csv").disabled = !found.length;
      form.querySelector("output").textContent = [
        `${found.length - without} of ${entries.length - statements} claims`,
        ...(statements ? [`${without} of ${statements} statements`] : []),
        `${sources.filter((source) => source.fits).length} of ${sources.length} documents`,
      ].join(", ");
    }

    function offerIndicators() {
      const theme = form.elements.theme.value;
      for (const group of form.elements.indicator.querySelectorAll("optgroup")) {
        group.hidden = Boolean(theme) && group.dataset.theme !== theme;
      }
      const chosen = form.elements.indicator.selectedOptions[0]?.closest("optgroup");
      if (chosen?.hidden) form.elements.indicator.value = "";
    }

    function changed() {
      offerIndicators();
      apply();
      const query = new URLSearchParams(state()).toString();
      const bare = window.location.pathname + window.location.search;
      window.history.replaceState(null, "", query ? `#?${query}` : bare);
    }

    function filterBy(query) {
      for (const field of fields) {
        const given = query.get(field.name) ?? "";
        if (field.type === "checkbox") field.checked = given === field.value;
        else field.value = given;
      }
      offerIndicators();
      apply();
    }

    function reveal(element) {
      if (element.closest("[hidden]")) filterBy(new URLSearchParams());
      for (let at = element; at; at = at.parentElement) if (at.matches("details")) at.open = true;
      element.scrollIntoView();
    }

    function follow() {
      const { hash } = window.location;
      const target = document.getElementById(decodeURIComponent(hash.slice(1)));
      if (hash.startsWith("#?")) filterBy(new URLSearchParams(hash.slice(2)));
      else if (target?.closest(".reg-group, .reg-contests, .reg-found, [hidden]")) reveal(target);
    }

    apply();
    follow();
    const more = form.querySelector(".reg-more"); // on a phone alone: elsewhere the menus show
    more.addEventListener("click", () => more.setAttribute("aria-expanded", String(more.ariaExpanded !== "true")));
    form.addEventListener("input", changed);
    form.elements.q.addEventListener("focus", () => setTimeout(prepare, 50), { once: true });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => {
      changed();
      for (const details of document.querySelectorAll(".reg-group, .reg-repeats")) details.open = false;
      form.elements.q.focus();
    }));
    form.querySelector(".reg-csv").addEventListener("click", () => {
      const shown = inOrder.flatMap((item) => [item, ...entries.filter((entry) => entry.origin === item.id)]);
      giveCsv([...new Set(inOrder === entries ? entries : shown)].filter((item) => item.fits))
        .catch((error) => console.error(error));
    });
    window.addEventListener("hashchange", follow);
    window.addEventListener("load", () => !window.location.hash.startsWith("#?") && follow());
  }

  start();
})();
