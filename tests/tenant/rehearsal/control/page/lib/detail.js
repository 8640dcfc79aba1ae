// SPDX-License-Identifier: Apache-2.0
// A list, and beside it the one of its rows that the address names. Escape closes it; the focus goes there and back.

import { h } from "./dom.js";

// list: the element with links marked data-id; open(id, signal, close) gives {element, ready, focus()}; address(id) is
// the page's address with that one open, or with none for null.
export function beside(list, signal, open, address) {
  const element = h("div", { class: "split" }, list);
  let chosen = null, opened = null;

  const close = () => { location.hash = address(null); };
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chosen) {
      close();
    }
  });

  function mark() {
    for (const link of list.querySelectorAll("a[data-id]")) {
      link.closest("tr").classList.toggle("chosen", link.dataset.id === chosen);
    }
  }

  async function choose(id) {
    if ((id || null) === chosen) {
      return;
    }
    const before = chosen;
    opened?.end.abort();
    opened?.one.element.remove();
    opened = null;
    chosen = id || null;
    element.classList.toggle("open", Boolean(chosen));
    mark();
    if (!chosen) {
      list.querySelector(`a[data-id="${CSS.escape(before)}"]`)?.focus();
      return;
    }
    const end = new AbortController();
    signal.addEventListener("abort", () => end.abort(), { signal: end.signal });
    const mine = opened = { end, one: open(chosen, end.signal, close) };
    element.append(mine.one.element);
    await mine.one.ready;
    if (opened === mine) {
      mine.one.focus();
    }
  }
  return { element, choose, mark, chosen: () => chosen };
}
