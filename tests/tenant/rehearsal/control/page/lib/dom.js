// SPDX-License-Identifier: Apache-2.0
// Elements from names, properties and children; text of the tenant becomes visible and stays text.

// Controls, C1, soft hyphen, Arabic letter mark, zero-width and bidi marks, line separators, invisible operators,
// byte order mark, interlinear marks, unpaired surrogates, tags: what a terminal or a reader would act on or not see.
const HIDDEN = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb" +
  "\\ud800-\\udfff\\u{e0000}-\\u{e007f}]", "gu");

function escape(character) {
  const code = character.codePointAt(0);
  return code < 0x100 ? "\\x" + code.toString(16).padStart(2, "0") : `\\u{${code.toString(16)}}`;
}

export function hidden(text) {
  return text.search(HIDDEN) >= 0;
}

// For attributes and options, where there can be no elements.
export function plain(value) {
  return String(value ?? "").replace(HIDDEN, escape);
}

// Text from the tenant: its direction cannot reach what stands beside it, hidden characters are shown as escapes.
export function data(value) {
  const text = String(value ?? ""), out = h("bdi", { class: "data" });
  let last = 0;
  for (const found of text.matchAll(HIDDEN)) {
    out.append(text.slice(last, found.index), h("span", { class: "escape", title: "a character that cannot be seen" },
      escape(found[0])));
    last = found.index + found[0].length;
  }
  out.append(text.slice(last));
  return out;
}

export function h(tag, properties, ...children) {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (name.startsWith("on")) {
      out.addEventListener(name.slice(2), value);
    } else if (name === "class") {
      out.className = value;
    } else if (name === "value" && "value" in out) {
      out.value = value;
    } else {
      out.setAttribute(name, value === true ? "" : value);
    }
  }
  append(out, children);
  return out;
}

export function append(parent, children) {
  for (const child of [children].flat(9)) {
    if (child !== null && child !== undefined && child !== false) {
      parent.append(child);
    }
  }
}

export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
  return parent;
}

// Change text only if it differs, so that a screen reader and a selection are left alone.
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

let lastId = 0;
export function newId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

// Keep the children of `parent` in step with `items`: make(item) gives {element, update(item)}. What did not change
// keeps its element, so focus, typed text and scroll position survive live data.
export function keyed(parent, key, make) {
  const known = new Map();
  return (items) => {
    const wanted = new Set(items.map(key));
    for (const [id, one] of known) {
      if (!wanted.has(id)) {
        one.element.remove();
        known.delete(id);
      }
    }
    let place = null;
    for (const item of items) {
      const id = key(item), text = JSON.stringify(item);
      let one = known.get(id);
      if (!one) {
        one = make(item);
        one.text = text;
        known.set(id, one);
      } else if (one.text !== text) {
        one.text = text;
        one.update(item);
      }
      const next = place ? place.nextSibling : parent.firstChild;
      if (next !== one.element) {
        parent.insertBefore(one.element, next);
      }
      place = one.element;
    }
  };
}
