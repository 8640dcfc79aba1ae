// SPDX-License-Identifier: Apache-2.0
// What the views are built from: messages, buttons, tables, pages of long lists, properties.

import { data, fill, h, hidden, newId, plain, say } from "./dom.js";

// Messages

let hideSaid = 0;

export function said(text) {
  const place = document.getElementById("said");
  say(place, plain(text));
  place.hidden = false;
  clearTimeout(hideSaid);
  hideSaid = setTimeout(() => { place.hidden = true; }, 6000);
  right();
}

// An error stays until it is dismissed or something succeeds.
export function wrong(error) {
  const place = document.getElementById("wrong");
  if (!error.message || error.name === "AbortError") {
    return;
  }
  fill(place, h("p", {}, h("b", {}, "Not done. "), data(error.message)),
    h("button", { type: "button", class: "quiet", onclick: right }, "Dismiss"));
  place.hidden = false;
  document.getElementById("said").hidden = true;
}

export function right() {
  document.getElementById("wrong").hidden = true;
}

// Do something that changes the tenant: the button waits, success is said, failure is shown and nothing is lost.
export async function act(button, work, text) {
  if (button) {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
  }
  try {
    const out = await work();
    said(typeof text === "function" ? text(out) : text);
    document.dispatchEvent(new Event("changed"));
    return true;
  } catch (error) {
    wrong(error);
    return false;
  } finally {
    if (button) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }
}

// Fetch again and again while the page is looked at; the view that asked ends it by its signal. The function returned
// fetches at once; its `first` is done when the first time is.
export function poll(signal, milliseconds, work) {
  let timer = 0, running = false, again = false;
  async function once() {
    clearTimeout(timer);
    if (signal.aborted || running) {
      again = running;  // what is under way may be older than the wish
      return;
    }
    running = true;
    again = false;
    try {
      if (!document.hidden) {
        await work();
      }
      document.dispatchEvent(new CustomEvent("reached", { detail: true }));
    } catch (error) {
      if (error.status === 0) {
        document.dispatchEvent(new CustomEvent("reached", { detail: false }));
      } else {
        wrong(error);
      }
    } finally {
      running = false;
      if (!signal.aborted) {
        timer = setTimeout(once, again ? 0 : milliseconds);
      }
    }
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", once, { signal });
  document.addEventListener("changed", once, { signal });
  const first = once();
  return Object.assign(() => once(), { first });
}

// Small parts

export function chip(kind, text, title) {
  return h("span", { class: `chip ${kind}`, title }, text);
}

export function button(text, onclick, kind = "") {
  return h("button", { type: "button", class: kind, onclick }, text);
}

// A button that asks once more before it does what cannot be taken back.
export function sure(text, question, onclick) {
  const out = button(text, () => {
    if (out.dataset.asked) {
      delete out.dataset.asked;
      say(out, text);
      onclick(out);
    } else {
      out.dataset.asked = "yes";
      say(out, question);
    }
  }, "danger");
  out.addEventListener("blur", () => {
    delete out.dataset.asked;
    say(out, text);
  });
  return out;
}

export function field(label, control, hint, kind = "") {
  const id = newId("field");
  control.id = id;
  const note = hint ? h("span", { class: "hint", id: `${id}-hint` }, hint) : null;
  if (note) {
    control.setAttribute("aria-describedby", note.id);
  }
  return h("div", { class: `field ${kind}` }, h("label", { for: id }, label), control, note);
}

export function input(properties) {
  return h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...properties });
}

// choices: values, or [value, text].
export function select(choices, value) {
  const out = h("select", {}, choices.map((one) => {
    const [name, text] = Array.isArray(one) ? one : [one, one];
    return h("option", { value: name }, plain(text));
  }));
  out.value = value ?? out.options[0]?.value ?? "";
  return out;
}

export function check(label, checked) {
  const box = h("input", { type: "checkbox" });
  box.checked = Boolean(checked);
  return { box, element: h("label", { class: "check" }, box, h("span", {}, label)) };
}

export function form(onsubmit, ...children) {
  return h("form", { class: "form", onsubmit: (event) => {
    event.preventDefault();
    onsubmit(event.submitter);
  } }, children);
}

export function heading(title, about) {
  document.title = `${title} · Rehearsal tenant`;
  return h("div", { class: "heading" }, h("h1", { tabindex: "-1" }, title), h("p", { class: "soft" }, about));
}

export function section(title, ...children) {
  const id = newId("section");
  return h("section", { class: "card", "aria-labelledby": id }, h("h2", { id }, title), children);
}

// A table whose cells know their column's name, for narrow screens.
export function table(caption, columns, kind = "") {
  const body = h("tbody", {});
  const element = h("table", { class: kind }, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))), body);
  return { element: h("div", { class: "table" }, element), body, columns };
}

export function row(columns, ...cells) {
  return h("tr", {}, cells.map((cell, place) => h("td", { "data-label": columns[place] }, cell)));
}

// A name, and below it what tells two people of one name apart.
export function who(link, mail) {
  return h("div", { class: "who" }, link, h("span", { class: "soft" }, data(mail)));
}

export function empty(text) {
  return h("p", { class: "empty" }, text);
}

// Which part of a long list is shown, and the way to the next.
export function pager(size, move) {
  const text = h("span", { class: "count", "aria-live": "polite" });
  const back = button("Previous", () => move(Math.max(0, skip - size))), next = button("Next", () => move(skip + size));
  let skip = 0;
  return {
    element: h("div", { class: "pager" }, text, back, next),
    show(now, shown, total) {
      skip = now;
      const number = (value) => value.toLocaleString("en");
      say(text, shown ? `${number(now + 1)} to ${number(now + shown)} of ${number(total)}` : `0 of ${number(total)}`);
      back.disabled = now === 0;
      next.disabled = now + shown >= total;
      back.hidden = next.hidden = total <= size && now === 0;
    },
  };
}

// A value of JSON as text that can be read and typed: plain words need no quotes.
export function written(value) {
  if (typeof value === "string" && !hidden(value) && read(value) === value) {
    return value;
  }
  const short = JSON.stringify(value), text = short.length < 100 ? short : JSON.stringify(value, null, 2);
  return text.replace(/[^\x20-\x7e\n]/g, (unit) => (hidden(unit) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : unit));
}

export function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Every property of an object; those that change(button, name, value) takes can be edited in place, secret ones show
// on demand. While one is edited the others stand still.
export function properties(change, secret = []) {
  const list = h("dl", { class: "properties" });
  const known = new Map();
  let editing = 0;

  function value(name, current) {
    if (!secret.includes(name) || current === null || (Array.isArray(current) && !current.length)) {
      return h("span", { class: "value" }, written(current).split("\n").map((line, place) => [place ? "\n" : null, data(line)]));
    }
    const place = h("span", { class: "value" }, "•••••• ");
    place.append(button("Show", () => fill(place, data(written(current))), "quiet"));
    return place;
  }

  function entry(name, current) {
    const place = h("dd", { "data-name": name });
    function rest() {
      const opener = change && button("Edit", edit, "quiet");
      opener?.setAttribute("aria-label", `Edit ${name}`);
      fill(place, value(name, current), opener);
      return opener;
    }
    function close() {
      editing -= 1;
      rest().focus();
    }
    function edit() {
      const lines = Math.min(20, Math.max(2, written(current).split("\n").length));
      const text = h("textarea", { rows: String(lines), spellcheck: "false", "aria-label": `New value of ${name}`,
        value: written(current) });
      const save = h("button", { type: "submit", class: "main" }, "Save");
      const body = form(async () => {
        if (await change(save, name, read(text.value))) {
          close();
        }
      }, text, h("div", { class: "buttons" }, save, button("Cancel", close)));
      body.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          close();
        }
      });
      editing += 1;
      fill(place, body);
      text.focus();
    }
    rest();
    return [h("dt", {}, name), place];
  }

  return {
    element: list,
    // What did not change keeps its elements, and the page stays where it is: live data must not move a button away
    // from under the pointer.
    update(object) {
      if (editing) {
        return;
      }
      for (const [name, one] of known) {
        if (!Object.hasOwn(object, name)) {
          one.parts.forEach((part) => part.remove());
          known.delete(name);
        }
      }
      let last = null;
      for (const [name, current] of Object.entries(object)) {
        const text = JSON.stringify(current), old = known.get(name);
        const parts = old?.text === text ? old.parts : entry(name, current);
        if (old && old.parts !== parts) {
          const focused = old.parts[1].contains(document.activeElement);
          old.parts.forEach((part, place) => part.replaceWith(parts[place]));
          if (focused) {
            parts[1].querySelector(":scope > button")?.focus({ preventScroll: true });
          }
        }
        known.set(name, { text, parts });
        const next = last ? last.nextSibling : list.firstChild;
        if (next !== parts[0]) {
          parts.forEach((part) => list.insertBefore(part, next));
        }
        last = parts[1];
      }
    },
  };
}
