/* The panel of a chapter: the reader moves the assumptions, sentences and charts follow.
   What was set stands behind "#assumptions?" in the address, so that no server ever sees it. */
(() => {
  "use strict";
  const ANCHOR = "#assumptions?";
  const NOT_OURS = "These are the reader’s assumptions, not the book’s. The rest of the page keeps the book’s.";

  const { make, copied, words: { quantity } } = window.yalu;
  const numeric = (control) => control.type === "number" || control.type === "integer";

  function allowed(control, text) {
    if (control.choices) return control.choices.includes(text) ? text : null;
    const form = control.type === "date" ? /^\d{4}-\d{2}-\d{2}$/ : /^\d{4}-\d{2}$/;
    if (!numeric(control) && (!form.test(text) || Number.isNaN(Date.parse(text)))) return null;
    if (!numeric(control)) return text >= control.min && text <= control.max ? text : null;
    const value = String(text).trim() === "" ? Number.NaN : Number(text);
    const fits = value >= control.min && value <= control.max;
    return fits && (control.type === "number" || Number.isInteger(value)) ? value : null;
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

  const inWords = (iso, parts) => (
    new Date(iso).toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC", ...parts })
  );
  const monthWords = (iso) => inWords(iso, {});
  const written = { month: monthWords, date: (iso) => inWords(iso, { day: "numeric" }) };

  function words(control, value) {
    if (!numeric(control)) return written[control.type]?.(value) ?? value;
    return quantity({ value }, control, "full");
  }

  function sourceWords(control) {
    if (control.low === undefined && control.high === undefined) return "";
    const ends = { low: control.low, high: control.high };
    return `${control.ours ? "our range" : "sources"}: ${quantity(ends, control, control.share ? "unit" : "bare")}`;
  }

  const beyond = (control, value) => numeric(control)
    && ((control.low !== undefined && value < control.low) || (control.high !== undefined && value > control.high));

  /* where a value lies on its slider, in per cent of the width */
  const place = (control, value) => (
    100 * (Math.min(Math.max(value, control.min), control.max) - control.min) / (control.max - control.min)
  );

  function choice(control, id) {
    const options = control.choices ?? months(control.min, control.max);
    return make("select", { id }, options.map((value) => (
      make("option", { value, textContent: control.choices ? value : monthWords(value) })
    )));
  }

  function marks(control) {
    if (control.low === undefined || control.high === undefined) return [];
    const mark = make("span", { className: "yalu-marks", "aria-hidden": "true" });
    for (const end of ["low", "high"]) mark.style.setProperty(`--${end}`, `${place(control, control[end])}%`);
    return [mark];
  }

  /* one control: {element, show(value)} */
  function build(name, control, published, changed) {
    const id = `assume-${name}`;
    const label = make("label", { htmlFor: id, textContent: control.label });
    const told = make("span", { className: "yalu-told" });
    const sources = [`book: ${words(control, published)}`, sourceWords(control)].filter(Boolean);
    const from = make("span", { className: "yalu-from", textContent: sources.join("; ") });
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
      const field = control.type === "date"
        ? make("input", { type: "date", id, min: control.min, max: control.max })
        : choice(control, id);
      inputs.push(field);
      row.append(label, field);
    }
    for (const input of inputs) input.setAttribute("aria-describedby", note.id);
    row.append(make("span", { className: "yalu-under" }, [told, from, note]));

    function refuse(text) {
      note.textContent = text;
      for (const input of inputs) input.setAttribute("aria-invalid", text ? "true" : "false");
    }
    function show(value) {
      for (const input of inputs) if (input !== document.activeElement || input.type === "range") input.value = value;
      told.textContent = words(control, value);
      refuse("");
      note.textContent = beyond(control, value) ? outside : "";
      row.classList.toggle("yalu-moved", value !== published);
    }
    for (const input of inputs) {
      input.addEventListener("input", () => {
        const value = allowed(control, input.value);
        if (value !== null) changed(name, value, refuse);
        else refuse(`allowed: ${control.min} to ${control.max}`);
      });
      input.addEventListener("blur", () => changed(null));
    }
    return { element: row, show };
  }

  /* a lower end pushed above its upper end takes it along, and the other way round */
  function withPartners(panel, values, name, refuse) {
    const moved = { ...values };
    for (const [first, sign, second] of panel.rules) {
      if (![first, second].includes(name)) continue;
      const holds = sign === "<" ? moved[first] < moved[second] : moved[first] <= moved[second];
      if (holds) continue;
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
    for (const [name, text] of new URLSearchParams(hash.slice(ANCHOR.length))) {
      const value = name in panel.controls ? allowed(panel.controls[name], text) : null;
      if (value === null) unknown.push(name);
      else values[name] = value;
    }
    const broken = panel.rules.some(([a, sign, b]) => (sign === "<" ? values[a] >= values[b] : values[a] > values[b]));
    return broken ? { values: { ...panel.values }, unknown: ["all of it"] } : { values, unknown };
  }

  const shell = (value) => (/^[\w.-]+$/.test(value) ? value : `'${value}'`);

  function start() {
    const root = document.getElementById("assumptions");
    const script = root?.querySelector("script.yalu-panel-data");
    if (!script) return;
    const panel = JSON.parse(script.textContent);
    let values = { ...panel.values };
    let compute = null;
    let engine = null;

    const live = [...root.querySelectorAll("a.yalu-result")].map((link) => {
      const key = link.hash.slice("#result-".length).replaceAll("-", "_");
      const style = /yalu-print-(\w+)/.exec(link.className)?.[1] ?? "full";
      const drawn = panel.headlines.find((headline) => key === `${headline}_draws`);
      return { link, key, style, drawn, published: link.textContent };
    }).filter(({ key, drawn }) => drawn || key in panel.answers);

    /* the headline results again, at the foot of the screen while one moves a control above them */
    const readout = make("dl", { className: "yalu-readout", hidden: true, "aria-hidden": "true" });

    function readOut(found) {
      readout.hidden = !found;
      if (!found) return;
      readout.replaceChildren(...panel.headlines.flatMap((key) => [
        make("dt", { textContent: panel.printed[key].label }),
        make("dd", { textContent: quantity(found.answers[key], panel.printed[key], "full") }),
      ]));
    }

    const said = make("p", { className: "yalu-said", hidden: true, role: "status" });
    const command = make("code", { className: "yalu-command", hidden: true });
    const reset = make("button", { type: "button", textContent: "Back to the book’s assumptions", disabled: true });
    const copy = make("button", { type: "button", textContent: "Copy a link to these", disabled: true });
    const foot = make("div", { className: "yalu-panel-foot" }, [reset, copy]);

    const moved = () => Object.keys(values).filter((name) => values[name] !== panel.values[name]);
    const commandLine = () => [panel.command, ...moved().map((name) => `-p ${name}=${shell(String(values[name]))}`)].join(" ");

    function print(found) {
      for (const { link, key, style, drawn, published } of live) {
        const about = drawn
          ? { ...panel.printed[drawn], digits: panel.draws.digits, qualifier: undefined }
          : panel.printed[key];
        const text = found
          ? quantity(drawn ? found.draws[drawn] : found.answers[key], about, style)
          : published;
        if (link.textContent !== text) link.textContent = text;
      }
    }

    function tell() {
      const names = moved();
      const altered = names.length > 0;
      said.hidden = !altered;
      command.hidden = !altered;
      said.textContent = altered ? NOT_OURS : "";
      command.textContent = altered ? commandLine() : "";
      reset.disabled = !altered;
      copy.disabled = !altered;
      root.classList.toggle("yalu-is-altered", altered);
      const query = new URLSearchParams(names.map((name) => [name, String(values[name])])).toString();
      const bare = window.location.pathname + window.location.search;
      window.history.replaceState(null, "", altered ? `${ANCHOR}${query}` : bare);
      window.yalu.assumptions = { values: { ...values }, altered, command: commandLine() };
      document.dispatchEvent(new CustomEvent("yalu:assumptions"));
    }

    async function ready() {
      engine ??= window.yalu.engine(panel);
      compute ??= await engine;
    }

    function redraw() {
      const began = performance.now();
      const found = moved().length > 0 ? compute(values) : null;
      print(found);
      readOut(found);
      root.dataset.redraw = (performance.now() - began).toFixed(1);
    }

    async function apply(next) {
      values = next;
      for (const [name, control] of Object.entries(controls)) control.show(values[name]);
      root.setAttribute("aria-busy", "true");
      tell();
      await ready();
      redraw();
      root.setAttribute("aria-busy", "false");
    }

    function changed(name, value, refuse) {
      if (name === null) {
        for (const [key, control] of Object.entries(controls)) control.show(values[key]);
        return;
      }
      const next = withPartners(panel, { ...values, [name]: value }, name, refuse);
      if (next) apply(next);
    }

    const controls = Object.fromEntries(panel.order.map((name) => (
      [name, build(name, panel.controls[name], panel.values[name], changed)]
    )));
    const box = make("div", { className: "yalu-controls", role: "group", "aria-label": "Assumptions" },
      Object.values(controls).map((control) => control.element));
    root.querySelector(".yalu-panel-box").append(box, readout, foot, said, command);
    for (const [name, control] of Object.entries(controls)) control.show(values[name]);
    window.yalu.assumptions = { values: { ...values }, altered: false, command: panel.command };

    reset.addEventListener("click", () => { apply({ ...panel.values }); });
    copy.addEventListener("click", async () => {
      const done = await copied(window.location.href);
      copy.textContent = done ? "Copied" : "Copy it from the address bar";
      setTimeout(() => { copy.textContent = "Copy a link to these"; }, 2000);
    });
    for (const event of ["pointerenter", "focusin"]) root.addEventListener(event, ready, { once: true });

    function follow() {
      const state = fromAddress(panel);
      if (!state) return;
      root.scrollIntoView();
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
