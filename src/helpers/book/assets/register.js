/* The register: filter bar, counts, and a link that brings the same view back.
   The filter is behind "#?" in the address, so that no server ever sees it. */
(() => {
  "use strict";
  const FEW = 40;
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function within(years, year) {
    if (!years) return false;
    const [first, last = first] = years.split("-");
    return (!first || first <= year) && (!last || year <= last);
  }

  function readClaim(element) {
    const group = element.closest(".reg-group");
    const { theme } = group.closest(".reg-theme").dataset;
    const { indicator } = group.dataset;
    return { element, group, label: group.querySelector("h3").textContent, ...element.dataset, theme, indicator };
  }

  function readContest(element) {
    const links = element.querySelectorAll('tbody a[href^="#claim-"]');
    return {
      element,
      folder: element.closest(".reg-contests"),
      claims: new Set([...links].map((link) => link.hash.slice(1))),
    };
  }

  /* whether a claim, without its repeats, a statement or a document holds all words */
  function hasWords(item, words) {
    const parts = () => [...item.element.children].filter((child) => !child.matches(".reg-repeats"));
    item.text ??= fold([item.label ?? "", ...parts().map((part) => part.textContent)].join(" "));
    return words.every((word) => item.text.includes(word));
  }

  const OF_CLAIMS = ["theme", "indicator", "place", "basis", "status"];

  /* whether an entry fits the filter; a document has none of the fields of claims, a statement
     neither indicator nor status */
  function fits(item, want) {
    return OF_CLAIMS.every((name) => !want[name] || want[name] === item[name])
      && (!want.outlet || want.outlet === item.family)
      && (!want.year || within(item.years, want.year))
      && hasWords(item, want.words);
  }

  function start() {
    const form = document.getElementById("yalu-register");
    // statements, findings without a number, are filtered as claims are
    const claims = [...document.querySelectorAll(".reg-claim, .reg-statement")].map(readClaim);
    const statements = claims.filter((claim) => claim.element.matches(".reg-statement"));
    const sources = [...document.querySelectorAll(".reg-source")].map((element) => (
      { element, group: element.closest(".reg-group"), ...element.dataset }
    ));
    const groups = [...document.querySelectorAll(".reg-group")];
    const contests = [...document.querySelectorAll(".reg-contest")].map(readContest);
    const folders = [...document.querySelectorAll(".reg-contests")];
    const total = new Map([...groups, ...folders].map((group) => [group, group.querySelector(".reg-count").textContent]));
    const names = [...form.elements].map((field) => field.name).filter(Boolean);

    const state = () => Object.fromEntries(
      names.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value),
    );

    /* a claim that is repeated stays, greyed, where only a repeat of it fits */
    function showOrigins(found) {
      for (const claim of claims) claim.element.classList.remove("reg-context");
      for (const repeat of found) {
        const origin = repeat.element.parentElement.closest(".reg-claim");
        if (!origin) continue;
        origin.classList.toggle("reg-context", origin.hidden || origin.classList.contains("reg-context"));
        origin.hidden = false;
      }
    }

    function showGroups(filtered, found) {
      const shown = [...claims, ...sources].filter((item) => item.fits);
      for (const group of groups) {
        const count = shown.filter((item) => item.group === group).length;
        countIn(group, count, count !== Number.parseInt(total.get(group), 10));
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
      const fitting = new Set(found.map((claim) => claim.element.id));
      for (const contest of contests) {
        contest.element.hidden = ![...contest.claims].some((id) => fitting.has(id));
      }
      for (const folder of folders) {
        const shown = contests.filter((c) => c.folder === folder && !c.element.hidden).length;
        countIn(folder, shown, filtered);
      }
    }

    function apply() {
      const wanted = state();
      const filtered = Object.keys(wanted).length > 0;
      const want = { ...wanted, words: fold(wanted.q ?? "").split(/\s+/).filter(Boolean) };
      for (const claim of claims) claim.fits = fits(claim, want);
      const found = claims.filter((claim) => claim.fits);
      const cited = new Set(found.map((claim) => `source-${claim.source}`));
      for (const source of sources) source.fits = cited.has(source.element.id) || fits(source, want);
      for (const { element, fits: fitting } of [...claims, ...sources]) element.hidden = !fitting;
      showOrigins(found);
      showGroups(filtered, found.length);
      showContests(filtered, found);
      for (const repeats of filtered ? document.querySelectorAll(".reg-repeats") : []) {
        repeats.open = repeats.parentElement.classList.contains("reg-context");
      }
      const documents = sources.filter((source) => source.fits).length;
      const told = statements.filter((statement) => statement.fits).length;
      form.querySelector("output").textContent = [
        `${found.length - told} of ${claims.length - statements.length} claims`,
        ...(statements.length ? [`${told} of ${statements.length} statements`] : []),
        `${documents} of ${sources.length} documents`,
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
      for (const name of names) form.elements[name].value = query.get(name) ?? "";
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
      else if (target?.closest(".reg-group, .reg-contests")) reveal(target);
    }

    form.hidden = false;
    apply();
    follow();
    form.addEventListener("input", changed);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => {
      changed();
      for (const details of document.querySelectorAll(".reg-group, .reg-repeats")) details.open = false;
    }));
    window.addEventListener("hashchange", follow);
    window.addEventListener("load", () => !window.location.hash.startsWith("#?") && follow());
  }

  start();
})();
