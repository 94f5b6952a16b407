/* The register: filter bar, counts, and a link that brings the same view back.
   The filter stands behind "#?" in the address, so that no server ever sees it. */
(() => {
  "use strict";
  const FEW = 40;
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function ownText(item) {
    const parts = [...item.children].filter((child) => !child.matches(".reg-echoes"));
    return fold(parts.map((part) => part.textContent).join(" "));
  }

  function within(years, year) {
    if (!years) return false;
    const [first, last = first] = years.split("-");
    return (!first || first <= year) && (!last || year <= last);
  }

  function readClaim(element) {
    const group = element.closest(".reg-group");
    return {
      element,
      group,
      data: element.dataset,
      theme: group.closest(".reg-theme").dataset.theme,
      indicator: group.dataset.indicator,
      label: fold(group.querySelector("h3").textContent),
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

  function hasWords(item, words) {
    item.text ??= `${item.label ?? ""} ${ownText(item.element)}`;
    return words.every((word) => item.text.includes(word));
  }

  function claimFits(claim, want) {
    const { data } = claim;
    return (!want.theme || want.theme === claim.theme)
      && (!want.indicator || want.indicator === claim.indicator)
      && (!want.place || want.place === data.place)
      && (!want.basis || want.basis === data.basis)
      && (!want.status || want.status === data.status)
      && (!want.outlet || want.outlet === data.family)
      && (!want.year || within(data.years, want.year))
      && hasWords(claim, want.words);
  }

  function sourceFits(source, want, cited) {
    if (cited.has(source.element.id)) return true;
    const ofClaims = want.theme || want.indicator || want.place || want.basis || want.status;
    return !ofClaims
      && (!want.outlet || want.outlet === source.data.family)
      && (!want.year || within(source.data.years, want.year))
      && hasWords(source, want.words);
  }

  function start() {
    const form = document.getElementById("yalu-register");
    const claims = [...document.querySelectorAll(".reg-claim")].map(readClaim);
    const sources = [...document.querySelectorAll(".reg-source")].map((element) => (
      { element, group: element.closest(".reg-group"), data: element.dataset }
    ));
    const groups = [...document.querySelectorAll(".reg-group")];
    const contests = [...document.querySelectorAll(".reg-contest")].map(readContest);
    const folders = [...document.querySelectorAll(".reg-contests")];
    const total = new Map([...groups, ...folders].map((group) => [group, group.querySelector(".reg-count").textContent]));
    const names = [...form.elements].map((field) => field.name).filter(Boolean);

    const state = () => Object.fromEntries(
      names.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value),
    );

    function show(item, fits) {
      item.fits = fits;
      item.element.hidden = !fits;
    }

    function showOrigins() {
      for (const claim of claims) claim.element.classList.remove("reg-context");
      for (const echo of claims.filter((claim) => claim.fits)) {
        const origin = echo.element.parentElement.closest(".reg-claim");
        if (!origin) continue;
        origin.classList.toggle("reg-context", origin.hidden || origin.classList.contains("reg-context"));
        origin.hidden = false;
      }
    }

    function showGroups(filtered, found) {
      const shown = new Map();
      for (const item of [...claims, ...sources]) {
        if (item.fits) shown.set(item.group, (shown.get(item.group) ?? 0) + 1);
      }
      for (const group of groups) {
        const count = shown.get(group) ?? 0;
        countIn(group, count, count !== Number.parseInt(total.get(group), 10));
        if (filtered) group.open = found <= FEW && Boolean(group.dataset.indicator);
      }
    }

    function countIn(folder, count, filtered) {
      const whole = total.get(folder);
      folder.hidden = count === 0;
      folder.querySelector(".reg-count").textContent = filtered ? `${count} of ${whole}` : whole;
    }

    /* a contest stays whole: it shows where one of its claims fits */
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

    function openEchoes() {
      for (const echoes of document.querySelectorAll(".reg-echoes")) {
        echoes.open = echoes.parentElement.classList.contains("reg-context");
      }
    }

    function apply() {
      const wanted = state();
      const filtered = Object.keys(wanted).length > 0;
      const want = { ...wanted, words: fold(wanted.q ?? "").split(/\s+/).filter(Boolean) };
      for (const claim of claims) show(claim, claimFits(claim, want));
      const found = claims.filter((claim) => claim.fits);
      const cited = new Set(found.map((claim) => `source-${claim.data.source}`));
      for (const source of sources) show(source, sourceFits(source, want, cited));
      showOrigins();
      showGroups(filtered, found.length);
      showContests(filtered, found);
      if (filtered) openEchoes();
      const documents = sources.filter((source) => source.fits).length;
      form.querySelector("output").textContent = `${found.length} of ${claims.length} claims, `
        + `${documents} of ${sources.length} documents`;
    }

    function offerIndicators() {
      const theme = form.elements.theme.value;
      for (const group of form.elements.indicator.querySelectorAll("optgroup")) {
        group.hidden = Boolean(theme) && group.dataset.theme !== theme;
      }
      const chosen = form.elements.indicator.selectedOptions[0]?.closest("optgroup");
      if (chosen?.hidden) form.elements.indicator.value = "";
    }

    function remember() {
      const query = new URLSearchParams(state()).toString();
      const bare = window.location.pathname + window.location.search;
      window.history.replaceState(null, "", query ? `#?${query}` : bare);
    }

    function changed() {
      offerIndicators();
      apply();
      remember();
    }

    function filterBy(query) {
      for (const name of names) form.elements[name].value = query.get(name) ?? "";
      offerIndicators();
      apply();
    }

    function reveal(element) {
      if (element.closest("[hidden]")) filterBy(new URLSearchParams());
      let outer = element.closest("details");
      while (outer) {
        outer.open = true;
        outer = outer.parentElement.closest("details");
      }
      element.scrollIntoView();
    }

    function showEverything() {
      changed();
      for (const details of document.querySelectorAll(".reg-group, .reg-echoes")) details.open = false;
    }

    function follow() {
      const { hash } = window.location;
      if (hash.startsWith("#?")) {
        filterBy(new URLSearchParams(hash.slice(2)));
        return;
      }
      const target = document.getElementById(decodeURIComponent(hash.slice(1)));
      if (target?.closest(".reg-group, .reg-contests")) reveal(target);
    }

    form.hidden = false;
    apply();
    follow();
    form.addEventListener("input", changed);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(showEverything));
    window.addEventListener("hashchange", follow);
    window.addEventListener("load", () => !window.location.hash.startsWith("#?") && follow());
  }

  start();
})();
