// SPDX-License-Identifier: Apache-2.0
// Hostile weather: what happens to chosen requests, to whole hosts, and to everything at once.

import { drop, get, part, post, put } from "../lib/api.js";
import { append, data, fill, h, keyed, newId, plain, say } from "../lib/dom.js";
import { act, button, chip, empty, field, form, heading, input, poll, row, section, select, table, wrong } from "../lib/ui.js";

const COLUMNS = ["No.", "What", "Where", "Hits", "Left", ""];
const WHERE = ["host", "path", "method"], COUNTS = ["id", "hits", "left", "times", "skip"];
const PATHS = ["*/oauth2/v2.0/devicecode", "*/oauth2/v2.0/token", "*/discovery/*", "/v1.0/*", "/v1.0/users/*", "/v1.0/groups/*",
  "/v1.0/$batch"];
const FAIR = { tls: "good", port: "open" };
const GROUPS = { rule: "The answer", spoil: "What is in it" };

// A call of the control API that the catalogue names.
function ask({ method, path, body }, host) {
  const address = path.replace("{host}", host ?? "");
  return { POST: post, PUT: put, DELETE: drop }[method](address, body ?? {});
}

const isFair = (one) => Object.entries(FAIR).every(([name, value]) => one[name] === value);

// The rules in force

function rules(signal, changed) {
  const list = table("Weather in force", COLUMNS), none = empty("None. The sky is clear.");
  const clear = button("Clear sky", () => act(clear, async () => {
    await drop("/weather");
    for (const host of Object.keys(await get("/sky"))) {
      await put(`/sky/${host}`, {});
    }
  }, "The sky is clear."));
  const storms = h("ul", { class: "problems" });
  const held = h("span", { class: "count" });
  let shown = "";
  none.hidden = true;
  const rows = keyed(list.body, (rule) => rule.id, (rule) => {
    const what = Object.entries(rule).filter(([name]) => !WHERE.includes(name) && !COUNTS.includes(name));
    const where = [rule.method, rule.host ?? "both hosts", rule.path].filter(Boolean).join(" ");
    const out = button("Remove", () => act(out, () => drop(`/weather/${part(rule.id)}`), `Weather ${rule.id} is over.`), "quiet");
    out.setAttribute("aria-label", `Remove weather ${rule.id}`);
    const element = row(COLUMNS, String(rule.id), h("span", { class: "mono" }, data(what.map(([name, value]) =>
      `${name}: ${JSON.stringify(value)}`).join(", "))), h("span", { class: "mono" }, data(where)), "", "",
    h("div", { class: "actions" }, out));
    const update = (now) => {
      say(element.cells[3], String(now.hits));
      say(element.cells[4], now.left < 0 ? "until removed" : String(now.left));
    };
    update(rule);
    return { element, update };
  });
  const first = poll(signal, 2000, async () => {
    const now = await get("/weather"), above = await get("/sky");
    const stormy = Object.entries(above).filter(([, one]) => !isFair(one));
    rows(now);
    const text = stormy.map(([host, one]) => `The sky over ${host}: TLS ${one.tls}, port ${one.port}.`);
    if (text.join() !== shown) {
      shown = text.join();
      fill(storms, text.map((line) => h("li", {}, plain(line))));
    }
    storms.hidden = stormy.length === 0;
    list.element.hidden = now.length === 0;
    none.hidden = now.length + stormy.length > 0;
    clear.hidden = !none.hidden;
    const count = (await get("/weather/held").catch(() => ({ held: 0 }))).held;
    say(held, count ? `${count} request(s) held now.` : "");
    changed(above);
  }).first;
  return { element: section("In force", list.element, storms, none, h("div", { class: "buttons" }, clear, held)), first };
}

// A new rule

function maker(kinds) {
  const host = select([["", "both hosts"], ["login", "login"], ["graph", "graph"]]), method = select([["", "any"], "GET", "POST"]);
  const paths = h("datalist", { id: newId("paths") }, PATHS.map((one) => h("option", { value: one })));
  const path = input({ list: paths.id, placeholder: "every path" });
  const times = input({ type: "number", min: "0", value: "0", required: true });
  const skip = input({ type: "number", min: "0", value: "0", required: true });
  const rule = h("textarea", { rows: "3", spellcheck: "false", required: true });
  const kind = h("select", {}, Object.entries(GROUPS).map(([group, text]) => h("optgroup", { label: text },
    kinds.filter((one) => one.group === group).map((one) =>
      h("option", { value: one.kind }, `${plain(one.kind)}: ${plain(one.about)}`)))));
  const choose = () => {
    const chosen = kinds.find((one) => one.kind === kind.value);
    rule.value = chosen ? JSON.stringify(chosen.body) : "{\"status\": 503, \"retry_after\": 5}";
  };
  kind.addEventListener("change", choose);
  choose();
  const body = form((saver) => act(saver, () => {
    let wanted;
    try {
      wanted = JSON.parse(rule.value);
    } catch {
      throw new Error("The rule is not JSON. Nothing was changed.");
    }
    for (const [name, value] of [["host", host.value], ["path", path.value.trim()], ["method", method.value]]) {
      if (value) {
        wanted[name] = value;
      }
    }
    for (const [name, value] of [["times", Number(times.value)], ["skip", Number(skip.value)]]) {
      if (value) {
        wanted[name] = value;
      }
    }
    return post("/weather", wanted);
  }, (made) => `Weather ${made.id} is in force.`),
  h("div", { class: "fields" }, kind.options.length ? field("Kind", kind, null, "wide") : null, field("Host", host),
    field("Path", path), field("Method", method), field("How often", times, "0: until removed."), field("Let pass first", skip),
    field("Rule", rule, "May be changed before it is added: seconds, status, text.", "wide")), paths,
  h("div", { class: "buttons" }, h("button", { type: "submit", class: "main" }, "Add")));
  return section("Chosen requests", body);
}

// Whole hosts

function sky(kinds) {
  const certificates = [["good", "good certificate"], ...kinds.filter((one) => one.group === "sky" && one.body.tls)
    .map((one) => [one.body.tls, one.about])];
  const list = h("div", { class: "cards" });
  const cards = keyed(list, (one) => one.host, (one) => {
    const tls = select(certificates), port = select([["open", "open"], ["closed", "closed: connections are refused"],
      ["silent", "silent: nobody speaks"], ["reset", "reset: connections end at once"]]);
    const count = h("p", { class: "soft" });
    const end = button("End them", () => act(end, () => drop(`/sky/${one.host}/connections`),
      (now) => `${now.dropped} connection(s) of ${one.host} ended.`), "quiet");
    const set = async (control) => {
      await act(control, () => put(`/sky/${one.host}`, { tls: tls.value, port: port.value }),
        `The sky over ${one.host} has changed.`);
      control.focus();
    };
    tls.addEventListener("change", () => set(tls));
    port.addEventListener("change", () => set(port));
    const text = h("span", {});
    append(count, [text, " ", end]);
    const mark = h("span", {});
    const element = h("section", { class: "card", "data-host": one.host, "aria-label": `The sky over ${one.host}` },
      h("h3", { class: "first" }, `${one.host} `, mark),
      h("div", { class: "fields" }, field("TLS", tls), field("Port", port)), count);
    let before = "";
    const update = (now) => {
      if (`${now.tls} ${now.port}` !== before) {
        before = `${now.tls} ${now.port}`;
        tls.value = now.tls;
        port.value = now.port;
        fill(mark, isFair(now) ? chip("good", "fair") : chip("bad", "storm"));
      }
      say(text, `${now.connections} open connection(s).`);
    };
    update(one);
    return { element, update };
  });
  return {
    element: section("Whole hosts", h("p", { class: "soft" },
      "TLS and the port of the two hosts. This page has a port of its own, and stays."), list),
    update: (now) => cards(Object.entries(now).map(([host, one]) => ({ host, ...one }))),
  };
}

// Everything at once

function calls(kinds) {
  const list = h("ul", { class: "problems" });
  for (const one of kinds.filter((kind) => kind.group === "call" && kind.method)) {
    for (const host of one.path.includes("{host}") ? ["login", "graph"] : [null]) {
      const out = button("Do it", () => act(out, () => ask(one, host), `Done: ${one.about}.`), "quiet");
      out.setAttribute("aria-label", `Do ${one.kind}${host ? ` on ${host}` : ""}`);
      append(list, h("li", { class: "pair" }, h("span", {}, h("code", {}, plain(one.kind)), host ? ` (${host}): ` : ": ",
        plain(one.about)), out));
    }
  }
  for (const one of kinds.filter((kind) => !kind.method)) {
    append(list, h("li", {}, h("code", {}, plain(one.kind)), ": ", plain(one.about)));
  }
  return list.children.length ? section("At once", list) : null;
}

export const weather = {
  title: "Weather",
  async open(main, { signal }) {
    append(main, [heading("Weather", "The cloud is not always kind. Every failure must end in a clear refusal and a recovery: make " +
      "one, log in, and look at what the host says.")]);
    let kinds = [];
    try {
      kinds = await get("/weather/catalogue");
    } catch (error) {
      wrong(error);
    }
    const above = sky(kinds);
    const inForce = rules(signal, (now) => above.update(now));
    append(main, [inForce.element, maker(kinds), above.element, calls(kinds)]);
    await inForce.first;
  },
};
