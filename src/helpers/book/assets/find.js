/* Finds entries by words, for the register and for the search of the book. Which words are the
   same, which are ignored and which numbers concern what, is said in data/synonyms.yml. */
(() => {
  "use strict";
  const { same, concerns, ignored } = window.yaluWords;
  const CJK = "[\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Hiragana}\\p{Script=Katakana}]";
  const isCjk = new RegExp(CJK, "u");
  const LETTER = `(?:(?!${CJK})[\\p{L}\\p{N}])`;
  const WORD = new RegExp(`${CJK}+|${LETTER}+(?:[.']${LETTER}+)*`, "gu");
  const PLAIN_WORD = /[a-z0-9]+(?:[.'][a-z0-9]+)*/g;

  function fold(text) {
    const plain = /[^\n -~]/.test(text) ? text.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC").replace(/[’‘]/g, "'") : text;
    return plain.toLowerCase().replace(/(\d),(?=\d{3}(?!\d))/g, "$1");
  }

  const split = (folded) => folded.match(/[^\n -~]/.test(folded) ? WORD : PLAIN_WORD) ?? [];

  /* a word without the endings that make no difference */
  function withoutEnding(word) {
    if (!/^[a-z']{3,}$/.test(word)) return word;
    return word.replace(/'s?$/, "").replace(/(\w\w)ie[sd]$/, "$1y").replace(/(x|ch|sh|ss)es$/, "$1")
      .replace(/([^sui])s$/, "$1").replace(/^(\w*[aeiouy]\w+)(ed|ing)$/, "$1")
      .replace(/([bdfghjkmnprtvz])\1$/, "$1").replace(/(\w{4}[st])ion$/, "$1").replace(/(\w\w)e$/, "$1");
  }

  const stems = new Map();
  function stem(word) {
    if (!stems.has(word)) stems.set(word, withoutEnding(word));
    return stems.get(word);
  }

  /* names of one word, by their stems; names of several, by their first word; names
     in scripts without spaces stand within words */
  const words = new Map();
  const phrases = new Map();
  const names = new Map();
  same.forEach((list, number) => {
    for (const name of list.map(fold)) {
      const parts = split(name).map(stem);
      if (isCjk.test(name)) names.set(name, `same${number}`);
      else if (parts.length === 1) words.set(parts[0], `same${number}`);
      else phrases.set(parts[0], [...(phrases.get(parts[0]) ?? []), { parts, code: `same${number}` }]);
    }
  });
  for (const list of phrases.values()) list.sort((a, b) => b.parts.length - a.parts.length);
  const named = new RegExp(`(${[...names.keys()].sort((a, b) => b.length - a.length).join("|") || "(?!)"})`);
  const dropped = new Set(ignored.map((word) => stem(fold(word))));
  const concerned = Object.entries(concerns).map(([number, list]) => (
    [number, new RegExp(`\\b(?:${list.map(fold).join("|")})`)]
  ));

  const pairs = (run) => (run.length < 3 ? [run] : [...run].slice(1).map((sign, at) => run[at] + sign));

  /* the words of a text: as they stand, the terms that find them, the terms that they add to an index,
     and the terms to guess by */
  function read(text) {
    const found = [];
    const tokens = split(fold(text));
    for (let at = 0; at < tokens.length; at += 1) {
      const shown = tokens[at];
      const begun = phrases.get(stem(shown))?.find(({ parts }) => parts.every((part, n) => part === stem(tokens[at + n] ?? "")));
      if (begun) {
        const { parts, code } = begun;
        found.push({ shown: tokens.slice(at, at + parts.length).join(" "), terms: [code], all: [code, ...parts], guess: [] });
        at += parts.length - 1;
      } else if (isCjk.test(shown)) {
        for (const part of shown.split(named).filter(Boolean)) {
          const [terms, guess] = names.has(part) ? [[names.get(part)], []] : [pairs(part), pairs(part)];
          found.push({ shown: part, terms, all: [...terms, ...pairs(part)], guess });
        }
      } else {
        const [code, plain] = [words.get(stem(shown)), stem(shown)];
        found.push({ shown, terms: [code ?? plain], all: code ? [code, plain] : [plain], guess: [plain] });
      }
    }
    return found;
  }

  const isDropped = ({ shown }) => dropped.has(stem(shown));
  const indexed = (text) => read(text).filter((word) => !isDropped(word)).flatMap(({ all }) => all);

  function aboutWhat(text) {
    const told = fold(text);
    return concerned.filter(([, list]) => list.test(told)).map(([number]) => number).join(" ");
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

    function hits({ shown, terms, guess }) {
      const ask = (queries, more) => index.search({ queries, combineWith: "AND" }, { ...options, ...more });
      const exact = ask(terms);
      if (exact.length || !guess.length || /^[\d.]+$/.test(shown)) return exact;
      const begun = shown.length > 1 ? ask(guess, { prefix: true }) : [];
      return begun.length || shown.length < 5 ? begun : ask(guess, { fuzzy: 0.2 });
    }

    return (question) => {
      const asked = read(question);
      const kept = asked.filter((word) => !isDropped(word));
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
        ignored: [...new Set(asked.filter(isDropped).map(({ shown }) => shown))],
        found,
      };
    };
  }

  /* Returns a function that counts the words of a question that a text holds. */
  function marker(question) {
    const terms = new Set(read(question).filter((word) => !isDropped(word)).flatMap(({ terms: own }) => own));
    return (text) => new Set(read(text).flatMap(({ all }) => all).filter((term) => terms.has(term))).size;
  }

  window.yalu = Object.assign(window.yalu ?? {}, { finder, marker });
})();
