/* The panel of a chapter: the reader moves the assumptions, sentences and charts follow.
   What was set is behind "#assumptions?" in the address, so that no server ever sees it. */
(() => {
  "use strict";
  const ANCHOR = "#assumptions?";
  const NOT_OURS = "Your assumptions, not the published ones. What is shaded follows them; the rest of the page does not.";
  /* the numbers that follow: those of the answer above the first section, of charts that follow, of the panel */
  const FOLLOWS = ".page-article > section > p .yalu-result, figure[data-follows] .yalu-result, #assumptions .yalu-result";
  const FIRST = 4;
  const { make, copied } = window.yalu;

  /* Numbers in words, as helpers.chapter.wording writes them: a test holds the two together ---- */

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

  function bare({ value, low, high }, about) {
    const hedge = HEDGES[about.qualifier] ?? "";
    if (known(low) && known(high)) return hedge + span(low, high, about.digits);
    if (known(value)) return hedge + number(value, about.digits);
    if (known(low)) return (BOUNDS[about.qualifier] ?? "at least ") + number(low, about.digits);
    if (known(high)) return (BOUNDS[about.qualifier] ?? "up to ") + number(high, about.digits);
    return null;
  }

  /* `about`: unit ([one, many]), per, digits, qualifier, share, percent; as `answers.panel` gives it */
  function quantity(found, about, style) {
    if (typeof found.value === "string") return found.value;
    const percent = ([end, value]) => [end, known(value) ? roundTo(value * 100, 12) : value];
    const figures = about.share ? Object.fromEntries(Object.entries(found).map(percent)) : found;
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

  window.yalu.words = { number, quantity };

  /* Controls ---------------------------------------------------------------------------------- */

  const numeric = (control) => control.type === "number" || control.type === "integer";

  /* the value of a control that a text gives, null where it is not allowed */
  function allowed(control, text) {
    if (control.choices) return control.choices.includes(text) ? text : null;
    const form = control.type === "date" ? /^\d{4}-\d{2}-\d{2}$/ : /^\d{4}-\d{2}$/;
    const day = form.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
    const figure = String(text).trim() === "" ? Number.NaN : Number(text);
    const value = numeric(control) ? figure : day;
    if (value === null || !(value >= control.min && value <= control.max)) return null;
    return control.type === "integer" && !Number.isInteger(value) ? null : value;
  }

  function months(first, last) {
    const found = [];
    for (let [year, month] = first.split("-").map(Number); ; month += 1) {
      if (month > 12) [year, month] = [year + 1, 1];
      const name = `${year}-${String(month).padStart(2, "0")}`;
      if (name > last) return found;
      found.push(name);
    }
  }

  function words(control, value, style = "full") {
    if (numeric(control)) return quantity({ value }, control, style);
    if (!["month", "date"].includes(control.type)) return value;
    const parts = { month: "long", year: "numeric", timeZone: "UTC" };
    if (control.type === "date") parts.day = "numeric";
    return new Date(value).toLocaleDateString("en-GB", parts);
  }

  function sourceWords(control) {
    const { low, high } = control;
    if (low === undefined && high === undefined) return "";
    return `${control.ours ? "our range" : "sources"}: ${quantity({ low, high }, control, control.share ? "unit" : "bare")}`;
  }

  const beyond = (control, value) => numeric(control) && (value < control.low || value > control.high);

  /* the bar under a slider from the lowest to the highest figure of a source */
  function marks(control) {
    if (control.low === undefined || control.high === undefined) return [];
    const mark = make("span", { className: "yalu-marks", "aria-hidden": "true" });
    for (const end of ["low", "high"]) {
      const share = (control[end] - control.min) / (control.max - control.min);
      mark.style.setProperty(`--${end}`, `${100 * Math.min(Math.max(share, 0), 1)}%`);
    }
    return [mark];
  }

  /* one control: {element, show(value)} */
  function build(name, control, published, changed, restored) {
    const id = `assume-${name}`;
    const label = make("label", { htmlFor: id, textContent: control.label });
    const told = make("span", { className: "yalu-told" });
    const sources = [`book: ${words(control, published)}`, sourceWords(control)].filter(Boolean).join("; ");
    const row = make("div", { className: "yalu-control" });
    const note = make("span", { className: "yalu-outside", id: `${id}-note` });
    const outside = control.ours ? "outside the range that we assume" : "outside every source";
    const inputs = [];
    if (numeric(control)) {
      const { min, max, step } = control;
      const slider = make("input", { type: "range", id, min, max, step: step ?? "any" });
      const exact = make("input", { type: "number", min, max, step: "any", className: "yalu-exact",
        "aria-label": `${control.label}, as a number` });
      inputs.push(slider, exact);
      row.append(label, make("span", { className: "yalu-slider" }, [...marks(control), slider]), exact);
    } else {
      const { type, min, max, choices } = control;
      const options = () => (choices ?? months(min, max)).map((value) => (
        make("option", { value, textContent: words(control, value) })
      ));
      inputs.push(type === "date" ? make("input", { type, id, min, max }) : make("select", { id }, options()));
      row.append(label, ...inputs);
    }
    for (const input of inputs) input.setAttribute("aria-describedby", note.id);
    row.append(make("span", { className: "yalu-under" }, [
      told, make("span", { className: "yalu-from", textContent: sources }), note,
    ]));

    function refuse(text) {
      note.textContent = text;
      for (const input of inputs) input.setAttribute("aria-invalid", text ? "true" : "false");
    }
    function show(value) {
      for (const input of inputs) if (input !== document.activeElement || input.type === "range") input.value = value;
      told.textContent = words(control, value);
      refuse("");
      if (beyond(control, value)) note.textContent = outside;
      row.classList.toggle("yalu-moved", value !== published);
    }
    for (const input of inputs) {
      input.addEventListener("input", () => {
        const value = allowed(control, input.value);
        if (value !== null) changed(name, value, refuse);
        else refuse(`allowed: ${control.min} to ${control.max}`);
      });
      input.addEventListener("blur", restored);
    }
    return { element: row, show };
  }

  const holds = ([first, sign, second], values) => (
    sign === "<" ? values[first] < values[second] : values[first] <= values[second]
  );

  /* a lower end pushed above its upper end takes it along, and the other way round */
  function withPartners(panel, values, name, refuse) {
    const moved = { ...values };
    for (const rule of panel.rules) {
      const [first, sign, second] = rule;
      if (![first, second].includes(name) || holds(rule, moved)) continue;
      if (sign === "<" || !numeric(panel.controls[name])) {
        refuse(`allowed: ${panel.controls[first].label.toLowerCase()} before ${panel.controls[second].label.toLowerCase()}`);
        return null;
      }
      moved[name === first ? second : first] = moved[name];
    }
    return moved;
  }

  function fromAddress(panel) {
    const { hash } = window.location;
    if (!hash.startsWith(ANCHOR)) return null;
    const values = { ...panel.values };
    const unknown = [];
    const given = new URLSearchParams(hash.slice(ANCHOR.length));
    /* "figure" names the figure to open at, see addressOf in figures.js */
    const figure = panel.controls.figure ? null : document.getElementById(given.get("figure") ?? "");
    if (figure) given.delete("figure");
    for (const [name, text] of given) {
      const value = name in panel.controls ? allowed(panel.controls[name], text) : null;
      if (value === null) unknown.push(name);
      else values[name] = value;
    }
    const consistent = panel.rules.every((rule) => holds(rule, values));
    return consistent ? { values, unknown, figure } : { values: { ...panel.values }, unknown: ["all of it"], figure };
  }

  /* The panel ---------------------------------------------------------------------------------- */

  const shell = (value) => (/^[\w.-]+$/.test(value) ? value : `'${value}'`);

  function start() {
    const root = document.getElementById("assumptions");
    const script = root?.querySelector("script.yalu-panel-data");
    if (!script) return;
    const panel = JSON.parse(script.textContent);
    let values = { ...panel.values };
    let engine = null;

    const live = [...document.querySelectorAll(FOLLOWS)].map((link) => {
      /* numbers are links to their result, words name it by their class */
      const name = link.hash?.slice("#result-".length) ?? /yalu-of-([\w-]+)/.exec(link.className)?.[1] ?? "";
      const key = name.replaceAll("-", "_");
      const style = /yalu-print-(\w+)/.exec(link.className)?.[1] ?? "full";
      return { link, key, style, published: link.textContent };
    }).filter(({ key }) => key in panel.answers || key in panel.controls);

    const said = make("p", { className: "yalu-said", hidden: true });
    /* for the ear: the answers, once the reader has stopped moving */
    const spoken = make("p", { className: "yalu-spoken", role: "status" });
    let speech;
    const command = make("code", { className: "yalu-command", hidden: true });
    const copy = make("button", { type: "button", textContent: "Copy a link to these", disabled: true });
    const foot = make("div", { className: "yalu-panel-foot" }, [copy]);

    const moved = () => Object.keys(values).filter((name) => values[name] !== panel.values[name]);
    const commandLine = () => [panel.command, ...moved().map((name) => `-p ${name}=${shell(String(values[name]))}`)].join(" ");

    function print(found) {
      for (const { link, key, style, published } of live) {
        let text = published;
        if (found && key in panel.controls) {
          text = words(panel.controls[key], values[key], style);
        } else if (found) {
          text = quantity(found[key], panel.printed[key], style);
        }
        if (link.textContent !== text) link.textContent = text;
        link.classList.toggle("yalu-altered-number", Boolean(found));
      }
    }

    function speak(found) {
      clearTimeout(speech);
      speech = setTimeout(() => {
        const told = Object.entries(panel.printed).filter(([, about]) => about.label).map(([key, about]) => (
          `${about.label}: ${quantity(found[key], about, "full")}.`
        ));
        spoken.textContent = [said.textContent || "As published.", ...told].join(" ");
      }, 700);
    }

    function tell() {
      const names = moved();
      const altered = names.length > 0;
      for (const line of [said, command]) line.hidden = !altered;
      copy.disabled = !altered;
      root.classList.toggle("yalu-is-altered", altered);
      said.textContent = altered ? NOT_OURS : "";
      command.textContent = altered ? commandLine() : "";
      for (const [button, set] of scenarios) {
        const same = Object.entries(set).every(([name, value]) => values[name] === value);
        button.setAttribute("aria-pressed", String(same));
      }
      const query = new URLSearchParams(names.map((name) => [name, String(values[name])])).toString();
      const bare = window.location.pathname + window.location.search;
      window.history.replaceState(null, "", altered ? `${ANCHOR}${query}` : bare);
      window.yalu.assumptions = { values: { ...values }, altered, command: commandLine() };
      document.dispatchEvent(new CustomEvent("yalu:assumptions"));
    }

    const ready = () => (engine ??= window.yalu.engine(panel));

    function showValues() {
      for (const [name, control] of Object.entries(controls)) control.show(values[name]);
      if (panel.order.slice(FIRST).some((name) => values[name] !== panel.values[name])) more.open = true;
    }

    async function apply(next) {
      values = next;
      showValues();
      root.setAttribute("aria-busy", "true");
      tell();
      const compute = await ready();
      const began = performance.now();
      const found = compute(values);
      print(moved().length > 0 ? found : null);
      root.dataset.redraw = (performance.now() - began).toFixed(1);
      speak(found);
      root.setAttribute("aria-busy", "false");
    }

    function changed(name, value, refuse) {
      const next = withPartners(panel, { ...values, [name]: value }, name, refuse);
      if (next) apply(next);
    }

    const controls = Object.fromEntries(panel.order.map((name) => (
      [name, build(name, panel.controls[name], panel.values[name], changed, showValues)]
    )));
    const [first, rest] = [panel.order.slice(0, FIRST), panel.order.slice(FIRST)].map((names) => (
      make("div", { className: "yalu-controls" }, names.map((name) => controls[name].element))
    ));
    const count = panel.order.length - FIRST;
    const more = make("details", { className: "yalu-more", hidden: count < 1 }, [
      make("summary", { textContent: `${count} more ${count === 1 ? "assumption" : "assumptions"}` }), rest,
    ]);
    /* each button with all that it sets: what a scenario does not name is as published */
    const scenarios = [{ title: "As published", values: {} }, ...panel.scenarios].map(({ title, values: set }) => (
      [make("button", { type: "button", textContent: title, "aria-pressed": "false" }), { ...panel.values, ...set }]
    ));
    const buttons = make("div", { className: "yalu-scenarios", role: "group", "aria-label": "Scenarios" },
      scenarios.map(([button]) => button));
    for (const [button, set] of scenarios) button.addEventListener("click", () => apply({ ...set }));
    const box = make("div", { role: "group", "aria-label": "Assumptions" }, [first, more]);
    root.querySelector(".yalu-panel-box").replaceChildren(buttons, box, said, spoken, foot, command);
    scenarios[0][0].setAttribute("aria-pressed", "true");
    showValues();
    window.yalu.assumptions = { values: { ...values }, altered: false, command: panel.command };

    copy.addEventListener("click", async () => {
      const done = await copied(window.location.href);
      copy.textContent = done ? "Copied" : "Copy it from the address bar";
      setTimeout(() => { copy.textContent = "Copy a link to these"; }, 2000);
    });
    for (const event of ["pointerenter", "focusin"]) root.addEventListener(event, ready, { once: true });

    function follow() {
      const state = fromAddress(panel);
      if (!state) return;
      (state.figure ?? root).scrollIntoView();
      apply(state.values).then(() => {
        if (state.unknown.length > 0) {
          said.hidden = false;
          said.textContent = `${said.textContent} Left out of the address, as not understood: ${state.unknown.join(", ")}.`.trim();
        }
      });
    }
    window.addEventListener("hashchange", follow);
    follow();
  }

  window.yalu.ready(start);
})();
