// SPDX-License-Identifier: Apache-2.0
// Requests as they come, by Server-Sent Events. New lines come at the end, where they move nothing.

import { drop, live } from "../lib/api.js";
import { append, data, h, plain, say } from "../lib/dom.js";
import { act, button, check, chip, field, heading, input, select } from "../lib/ui.js";

const KEPT = 1000;

function line(entry) {
  const status = h("td", {});
  const what = h("details", {}, h("summary", {}, data(entry.path + (entry.query ? `?${entry.query}` : ""))));
  const meta = [...Object.entries(entry.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    entry.authorized ? "with a token" : "without a token"];
  append(what, meta.map((text) => h("p", { class: "meta" }, data(text))));
  const element = h("tr", { "data-seq": entry.seq }, h("td", {}, String(entry.seq)),
    h("td", {}, new Date(entry.time * 1000).toISOString().slice(11, 23)), h("td", {}, plain(entry.host)),
    h("td", {}, plain(entry.method)), h("td", { class: "what" }, what), status);
  const update = (now) => {
    const code = now.status;
    status.replaceChildren(code === null ? chip("", "…", "no answer yet, or none at all") :
      chip(code >= 500 ? "bad" : code >= 400 ? "warn" : "good", String(code)));
  };
  update(entry);
  return { element, update, entry };
}

export const log = {
  title: "Log",
  async open(main, { signal }) {
    const words = input({ type: "search", placeholder: "part of the path ( / )" });
    const host = select([["", "both hosts"], ["login", "login"], ["graph", "graph"]]);
    const failing = check("only refusals and failures"), state = h("span", { class: "count" });
    const body = h("tbody", {}), shown = new Map();
    const frame = h("div", { class: "log", tabindex: "0", role: "region", "aria-label": "Requests, newest last" },
      h("table", {}, h("caption", { class: "unseen" }, "Requests"), h("thead", {}, h("tr", {},
        ["No.", "Time", "Host", "Method", "Path", "Status"].map((name) => h("th", { scope: "col" }, name)))), body));
    let paused = false, waiting = [], follow = true, connected = false;

    function fits({ entry }) {
      return (!host.value || entry.host === host.value) && entry.path.toLowerCase().includes(words.value.trim().toLowerCase()) &&
        (!failing.box.checked || (entry.status !== null && entry.status >= 400));
    }
    function tell() {
      let visible = 0;
      for (const one of shown.values()) {
        visible += !one.element.hidden;
      }
      const more = new Set(waiting.map((one) => one.seq)).size;
      say(state, `${!connected ? "Not connected." : paused ? `Paused, ${more} more wait.` : "Live."} ` +
        `${visible} of ${shown.size} shown${shown.size === KEPT ? "; older ones are forgotten here" : ""}.`);
    }
    function take(entries) {
      for (const entry of entries) {
        const one = shown.get(entry.seq) ?? line(entry);
        if (shown.has(entry.seq)) {
          one.entry = entry;
          one.update(entry);
        } else {
          shown.set(entry.seq, one);
          body.append(one.element);
        }
        one.element.hidden = !fits(one);
      }
      while (shown.size > KEPT) {
        const [seq, one] = shown.entries().next().value;
        one.element.remove();
        shown.delete(seq);
      }
      if (follow) {
        frame.scrollTop = frame.scrollHeight;
      }
      tell();
    }
    function forget() {
      shown.clear();
      waiting = [];
      body.replaceChildren();
      tell();
    }
    function filter() {
      for (const one of shown.values()) {
        one.element.hidden = !fits(one);
      }
      frame.scrollTop = frame.scrollHeight;
      tell();
    }

    const pause = button("Pause", () => {
      paused = !paused;
      say(pause, paused ? "Go on" : "Pause");
      if (!paused) {
        take(waiting.splice(0));
      }
      tell();
    });
    const clear = button("Empty the log", async () => {
      if (await act(clear, () => drop("/log"), "The log is empty; numbers go on.")) {
        forget();
      }
    });
    append(main, [heading("Log", "What hosts and browsers ask of the tenant. Open a line for its headers; tokens and secrets are " +
      "not kept."), h("div", { class: "bar" }, field("Filter", words, null, "grow"), field("Host", host), failing.element, pause, clear),
    frame, h("div", { class: "pager" }, state)]);
    frame.addEventListener("scroll", () => {
      follow = frame.scrollHeight - frame.scrollTop - frame.clientHeight < 24;
    }, { passive: true });
    words.addEventListener("input", filter);
    host.addEventListener("change", filter);
    failing.box.addEventListener("change", filter);

    const stream = live("/log/live");
    stream.addEventListener("open", () => {
      connected = true;
      forget();  // what we had comes again
    });
    stream.addEventListener("error", () => {
      connected = false;
      tell();
    });
    stream.addEventListener("reset", forget);
    stream.addEventListener("message", (event) => {
      const entries = JSON.parse(event.data);
      if (paused) {
        waiting = [...waiting, ...entries].slice(-KEPT);
        tell();
      } else {
        take(entries);
      }
    });
    signal.addEventListener("abort", () => stream.close());
    tell();
  },
};
