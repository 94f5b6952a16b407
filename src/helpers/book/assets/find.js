/* Finds entries by words, for the register and for the search of the book. Which words are the
   same, which are ignored and which numbers concern what, is said in data/synonyms.yml. */
(() => {
  "use strict";
  const { same, concerns, ignored } = window.yaluWords;
  const CJK = "[\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Hiragana}\\p{Script=Katakana}]";
  const isCjk = new RegExp(CJK, "u");

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC").toLowerCase()
    .replace(/[’‘]/g, "'").replace(/(\d),(?=\d{3}(?!\d))/g, "$1");

  /* a word without the endings that make no difference */
  function stem(word) {
    if (!/^[a-z']{3,}$/.test(word)) return word;
    return word.replace(/'s?$/, "").replace(/(\w\w)ie[sd]$/, "$1y").replace(/(x|ch|sh|ss)es$/, "$1")
      .replace(/([^sui])s$/, "$1").replace(/^(\w*[aeiouy]\w+)(ed|ing)$/, "$1")
      .replace(/([bdfghjkmnprtvz])\1$/, "$1").replace(/(\w{4}[st])ion$/, "$1").replace(/(\w\w)e$/, "$1");
  }

  const isPhrase = (name) => isCjk.test(name) || /[^\p{L}\p{N}]/u.test(name);
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const spaced = (text) => text.replace(/[\s-]+/g, " ");
  const words = new Map();
  const phrases = new Map();
  same.forEach((names, number) => {
    for (const name of names.map(fold)) {
      if (isPhrase(name)) phrases.set(spaced(name), `same${number}`);
      else words.set(stem(name), `same${number}`);
    }
  });
  const pattern = [...phrases.keys()].sort((a, b) => b.length - a.length)
    .map((name) => (isCjk.test(name) ? escaped(name)
      : `(?<![\\p{L}\\p{N}])${escaped(name).replaceAll(" ", "[\\s-]+")}(?:'?s)?(?![\\p{L}\\p{N}])`))
    .join("|") || "(?!)";
  const token = new RegExp(
    `(?<phrase>${pattern})|(?<cjk>(?:(?!${pattern})${CJK})+)|(?:(?!${CJK})[\\p{L}\\p{N}])+(?:[.'](?!${CJK})[\\p{L}\\p{N}]+)*`,
    "gu",
  );
  const dropped = new Set(ignored.map(fold));
  const concerned = Object.entries(concerns).map(([number, names]) => (
    [number, new RegExp(`(?<![\\p{L}\\p{N}])(?:${names.map(fold).map(escaped).join("|")})`, "u")]
  ));

  const pairs = (run) => (run.length < 3 ? [run] : [...run].slice(1).map((sign, at) => run[at] + sign));
  const one = (word) => words.get(stem(word)) ?? stem(word);

  /* the words of a text: as they stand, the terms that find them, and those that they add to an index */
  function read(text) {
    return [...fold(text).matchAll(token)].map(({ 0: shown, groups }) => {
      if (groups.phrase) {
        const name = spaced(shown);
        const code = phrases.get(name) ?? phrases.get(name.replace(/'?s$/, ""));
        const parts = isCjk.test(name) ? pairs(name) : name.split(" ").filter((part) => !dropped.has(part)).map(one);
        return { shown, terms: [code], all: [code, ...parts] };
      }
      const terms = groups.cjk ? pairs(shown) : [one(shown)];
      return { shown, terms, all: terms };
    });
  }

  const indexed = (text) => read(text).filter(({ shown }) => !dropped.has(shown)).flatMap(({ all }) => all);

  function aboutWhat(text) {
    const told = fold(text);
    return concerned.filter(([, names]) => names.test(told)).map(([number]) => number).join(" ");
  }

  /* Returns a function from a question to what it finds among records: their fields are texts, by
     name with their weight; `factor` of a record counts for all. Found are, by id, the words that a
     record holds (their numbers) and how well; `words` are those of the question, with the others
     that it ignored. A word that nothing holds stands for words that begin like it, or else for words
     spelt nearly like it. */
  function finder(records, weights) {
    const index = new window.MiniSearch({
      fields: [...Object.keys(weights), "about"],
      storeFields: ["factor"],
      extractField: (record, name) => (name === "about"
        ? aboutWhat(Object.keys(weights).map((field) => record[field] ?? "").join(" \n "))
        : record[name]),
      tokenize: indexed,
      processTerm: (term) => term,
    });
    index.addAll(records);
    const options = {
      boost: { ...weights, about: 0.7 },
      tokenize: (term) => [term],
      combineWith: "AND",
      boostDocument: (id, term, stored) => stored?.factor ?? 1,
    };

    function hits({ shown, terms }) {
      const ask = (more) => index.search({ queries: terms, combineWith: "AND" }, { ...options, ...more });
      const exact = ask({});
      if (exact.length || /^[\d.]+$/.test(shown)) return exact;
      const begun = shown.length > 1 ? ask({ prefix: true }) : [];
      return begun.length || shown.length < 5 ? begun : ask({ fuzzy: 0.2 });
    }

    return (question) => {
      const asked = read(question);
      const kept = asked.filter(({ shown }) => !dropped.has(shown));
      const unique = [...new Map(kept.map((word) => [word.terms.join(), word])).values()];
      const found = new Map();
      unique.forEach((word, number) => {
        for (const { id, score } of hits(word)) {
          if (!found.has(id)) found.set(id, { score: 0, held: [] });
          const entry = found.get(id);
          entry.score += score;
          entry.held.push(number);
        }
      });
      return {
        words: unique.map(({ shown }) => shown),
        ignored: [...new Set(asked.map(({ shown }) => shown).filter((word) => dropped.has(word)))],
        found,
      };
    };
  }

  /* whether a text holds the word of a question, for marking what was found */
  function marker(question) {
    const terms = new Set(read(question).filter(({ shown }) => !dropped.has(shown)).flatMap(({ terms: own }) => own));
    return (text) => read(text).some(({ terms: own }) => own.some((term) => terms.has(term)));
  }

  window.yalu = Object.assign(window.yalu ?? {}, { finder, marker });
})();
