// SPDX-License-Identifier: Apache-2.0
// Points where Entra's behaviour is unknown or differs: what each means, where it stands, and the other positions.

import { get, patch } from "../lib/api.js";
import { append, fill, h, keyed, newId, plain, say } from "../lib/dom.js";
import { act, button, chip, empty, field, heading, input, poll, read, select, written } from "../lib/ui.js";

const TYPES = ["bool", "int", "str", "list", "dict", "null"];
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// The control that fits what a switch may be: {element, choice: whether choosing sets it, show(value), value()}.
function chooser({ allowed }) {
  if (allowed.includes("bool") || !allowed.some((name) => TYPES.includes(name))) {
    const values = allowed.includes("bool") ? [true, false] : allowed;
    const element = select(values.map((value) => [JSON.stringify(value), value === true ? "on" : value === false ? "off" : value]));
    return { element, choice: true, show: (value) => { element.value = JSON.stringify(value); },
      value: () => JSON.parse(element.value) };
  }
  const empties = allowed.includes("null"), words = allowed.includes("str");
  const element = input({ placeholder: empties ? "none" : null, inputmode: allowed.includes("int") ? "numeric" : null });
  return {
    element, choice: false,
    show: (value) => { element.value = value === null ? "" : words ? value : written(value); },
    value: () => (element.value === "" && empties ? null : words ? element.value : read(element.value)),
  };
}

function card(first) {
  const { name } = first, control = chooser(first);
  const mark = h("span", {}), note = h("span", { class: "hint" }), save = h("button", { type: "submit" }, "Set");
  let shown = first.value;
  control.element.id = newId("switch");
  const set = (saver, value) => act(saver, () => patch("/switches", { [name]: value }),
    `${name} is now ${value === null ? "none" : written(value)}.`);
  const back = button("Default", () => set(back, first.default), "quiet");
  back.setAttribute("aria-label", `${name} back to its default`);
  if (control.choice) {
    control.element.addEventListener("change", async () => {
      if (!await set(control.element, control.value())) {
        control.show(shown);
      }
      control.element.focus();
    });
  }
  const body = h("form", { class: "inline", onsubmit: (event) => {
    event.preventDefault();
    set(save, control.value());
  } }, h("div", { class: "field" }, control.element), control.choice ? null : save);
  const element = h("section", { class: "card", "data-switch": name },
    h("h2", {}, h("label", { for: control.element.id }, h("code", {}, name)), " ", mark), h("p", {}, `${plain(first.about)}.`), body,
    h("p", { class: "pair" }, note, back));
  const update = (now, begin) => {
    if (begin === true || !same(now.value, shown)) {
      control.show(now.value);
      shown = now.value;
    }
    const off = !same(now.value, now.default);
    fill(mark, off ? chip("warn", "changed") : null);
    back.hidden = !off;
    say(note, `Default: ${now.default === null ? "none" : now.default === "" ? "empty" : now.default === true ? "on" :
      now.default === false ? "off" : plain(written(now.default))}`);
  };
  update(first, true);
  return { element, update };
}

export const switches = {
  title: "Switches",
  async open(main, { signal }) {
    const words = input({ type: "search", placeholder: "name or meaning ( / )" });
    const list = h("div", { class: "cards" }), none = empty("No such switch.");
    const all = button("All back to default", () => act(all, async () => {
      const now = await get("/switches");
      await patch("/switches", Object.fromEntries(Object.entries(now).map(([name, one]) => [name, one.default])));
    }, "All switches are in their default position."));
    none.hidden = true;
    append(main, [heading("Switches", "Where Entra's behaviour is not known, or differs between tenants, this tenant can do " +
      "either. Defaults are on the side that is harder for a host."),
    h("div", { class: "bar" }, field("Search", words, null, "grow"), all), list, none]);
    const cards = keyed(list, (one) => one.name, card);
    const again = poll(signal, 4000, async () => {
      const part = words.value.trim().toLowerCase();
      const found = Object.entries(await get("/switches")).map(([name, one]) => ({ name, ...one }))
        .filter((one) => `${one.name} ${one.about}`.toLowerCase().includes(part));
      cards(found);
      none.hidden = found.length > 0;
    });
    words.addEventListener("input", again);
    await again.first;
  },
};
