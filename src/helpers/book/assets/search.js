/* The search page: sections of the book, and entries of the register. Nothing is asked of any
   server and nothing is kept: the records are a script beside this one. */
(() => {
  "use strict";
  const { finder, make, marker, ready } = window.yalu;
  const FEW = 8;
  const LONG = 230;
  const KINDS = { claim: "Claim", statement: "Statement", document: "Document" };

  /* a text from the first sentence on that holds most of the words */
  function excerpt(text, holds) {
    const sentences = text.split(/(?<=[.?!]["”’]?)\s+(?=\p{Lu})/u);
    const counts = sentences.map(holds);
    const first = counts.indexOf(Math.max(...counts));
    let words = sentences.slice(first).join(" ");
    if (words.length > LONG) words = `${words.slice(0, LONG).replace(/\s+\S*$/, "")}\u00a0…`;
    return first ? `… ${words}` : words;
  }

  /* words of a text as nodes, the words that were found marked */
  function marked(text, holds) {
    return text.split(/([^\s,;:()“”]+)/u).map((part, at) => (at % 2 && holds(part) ? make("mark", { textContent: part }) : part));
  }

  function item(record, holds) {
    const { kind, title, page, text } = record;
    const context = kind === "section" ? (page === title ? "" : page) : `${KINDS[kind]}. ${page}`;
    return make("li", {}, [
      make("a", { href: record.id }, marked(title, holds)),
      ...(context ? [make("p", { className: "search-where" }, marked(context, holds))] : []),
      ...(text ? [make("p", { className: "context" }, marked(excerpt(text, holds), holds))] : []),
    ]);
  }

  /* a list of what was found, its end behind a button */
  function part(title, records, holds, more = []) {
    const list = make("ul", { className: "search" }, records.slice(0, FEW).map((record) => item(record, holds)));
    const rest = records.slice(FEW);
    const button = make("button", { type: "button", textContent: `Show ${rest.length} more` });
    button.addEventListener("click", () => {
      list.append(...rest.map((record) => item(record, holds)));
      list.children[FEW].querySelector("a").focus();
      button.remove();
    });
    return make("section", {}, [make("h2", { textContent: `${title} (${records.length})` }), ...more, list, ...(rest.length ? [button] : [])]);
  }

  const quoted = (words) => words.map((word) => `“${word}”`).join(", ");

  /* what is told above the results: how many, and which words were left out */
  function said({ words, ignored }, best, count) {
    if (!words.length) return ignored.length ? `${quoted(ignored)}: these words say too little. Give one more.` : "";
    const told = [`Found ${count} ${count === 1 ? "place" : "places"}.`];
    if (!count) told[0] = `Nothing in the book or the register has ${quoted(words)}.`;
    else if (best < words.length) {
      told.push(`No place has all of ${quoted(words)}. These have ${best === 1 ? "one" : `${best}`} of the ${words.length} words.`);
    }
    if (ignored.length) told.push(`Left out: ${quoted(ignored)}.`);
    return told.join(" ");
  }

  let find;
  /* what a question finds: records in two parts, those with most of its words, best first */
  function ask(question) {
    const records = new Map(window.yaluRecords.map((record) => [record.id, record]));
    find ??= finder(window.yaluRecords, { title: 3, page: 1.5, text: 1 });
    const answer = find(question);
    const hits = [...answer.found].map(([id, hit]) => ({ ...hit, record: records.get(id) }));
    const best = Math.max(0, ...hits.map(({ held }) => held.length));
    const shown = hits.filter(({ held }) => held.length === best).sort((a, b) => b.score - a.score);
    const of = (isSection) => shown.map(({ record }) => record).filter(({ kind }) => (kind === "section") === isSection);
    return { ...answer, best, sections: of(true), entries: of(false) };
  }

  function show(question, results) {
    const { sections, entries, ...answer } = ask(question);
    const holds = marker(question);
    document.getElementById("search-said").textContent = said(answer, answer.best, sections.length + entries.length);
    const { register } = results.dataset;
    const link = register && make("p", {}, [
      make("a", { href: `${register}#?${new URLSearchParams({ q: question })}`, textContent: "See them in the register" }),
      ", where they can be sorted, narrowed by place, year and outlet, and downloaded.",
    ]);
    const parts = [
      ...(sections.length ? [part("In the book", sections, holds)] : []),
      ...(entries.length ? [part("In the register", entries, holds, [link])] : []),
    ];
    /* figures and resolutions are the register's */
    results.replaceChildren(...(/\d{3}/.test(question) ? parts.reverse() : parts));
  }

  function start() {
    const field = document.getElementById("search-words");
    /* behind "?" come those whom another site or an old address sends */
    const { hash, search } = window.location;
    field.value = new URLSearchParams(hash.replace(/^#\??/, "") || search).get("q") ?? "";
    field.focus();
    if (field.value.trim()) show(field.value, document.getElementById("search-results"));
  }

  ready(start);
  window.addEventListener("hashchange", start);

  Object.assign(window.yalu, { ask });
})();
