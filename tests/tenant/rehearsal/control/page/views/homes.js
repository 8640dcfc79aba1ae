// SPDX-License-Identifier: Apache-2.0
// Where guests prove who they are: partner tenants and other homes, cross-tenant access, the accounts there.

import { get, page, part, patch } from "../lib/api.js";
import { append, data, fill, h, keyed, newId, plain } from "../lib/dom.js";
import { act, button, chip, empty, field, form, heading, input, pager, properties, read, row, section, table, wrong }
  from "../lib/ui.js";

const SIZE = 25;
const COLUMNS = ["Name", "Signs in as", "Account", ""];
const MEMBERS = ["password", "locked", "password_expired", "must_change", "credential_blocked", "method", "tap", "phone", "hello",
  "mfa", "mfa_method", "risk", "aliases", "claimed_email"];
const ACCESS = [["outbound_blocked", "Home lets nobody out", 500212], ["inbound_blocked", "Nobody from there is let in", 500213]];

function accessSwitch(home, [name, text, code]) {
  const out = h("button", { type: "button", role: "switch", "aria-checked": String(Boolean(home[name])) }, `${text} (${code})`);
  out.addEventListener("click", () => act(out,
    () => patch(`/organisations/${part(home.id)}`, { [name]: out.getAttribute("aria-checked") !== "true" }),
    (now) => `${home.name}: “${text}” is ${now[name] ? "on" : "off"}.`));
  return out;
}

// Everything about an account at home; many members are there only once they are set.
function state(mail, signal) {
  const path = `/homes/${part(mail)}`, done = (key) => `${key} of ${mail} changed.`;
  const all = properties((saver, key, value) => act(saver, () => patch(path, { [key]: value }), done(key)), ["password"]);
  const names = h("datalist", { id: newId("members") }, MEMBERS.map((one) => h("option", { value: one })));
  const name = input({ required: true, list: names.id, placeholder: "locked" }), value = input({ placeholder: "true" });
  const out = h("details", { class: "state" }, h("summary", { "aria-label": plain(`State of ${mail}`) }, "State"), all.element,
    form((saver) => act(saver, () => patch(path, { [name.value.trim()]: read(value.value) }), done(name.value.trim())),
      h("div", { class: "inline" }, field("Member", name), field("Value", value), h("button", { type: "submit" }, "Set")), names));
  async function load() {
    if (out.open) {
      try {
        all.update(await get(path));
      } catch (error) {
        wrong(error);
      }
    }
  }
  out.addEventListener("toggle", load);
  document.addEventListener("changed", load, { signal });
  return out;
}

function accounts(home, signal) {
  const words = input({ type: "search", placeholder: "name or mail" });
  const list = table(`Accounts at ${plain(home.name)}`, COLUMNS), none = empty("No such account.");
  let skip = 0, asked = 0, typing = 0;
  const pages = pager(SIZE, (to) => {
    skip = to;
    load();
  });
  const rows = keyed(list.body, (one) => one.mail, (one) => {
    const toggle = button("", () => {
      const enabled = toggle.dataset.enabled !== "true";
      act(toggle, () => patch(`/homes/${part(one.mail)}`, { enabled }),
        `The account ${one.mail} at ${home.name} is ${enabled ? "enabled" : "disabled"}.`);
    }, "quiet");
    const element = row(COLUMNS, data(one.name), data(one.mail), "",
      h("div", { class: "actions" }, toggle, state(one.mail, signal)));
    const show = (now) => {
      fill(element.cells[2], h("span", {}, now.enabled ? chip("good", "enabled") : chip("bad", "disabled")));
      toggle.dataset.enabled = now.enabled;
      fill(toggle, now.enabled ? "Disable" : "Enable");
      toggle.setAttribute("aria-label", plain(`${now.enabled ? "Disable" : "Enable"} ${now.mail} at home`));
    };
    show(one);
    return { element, update: show };
  });
  async function load() {
    const mine = asked += 1;
    try {
      const { items, total } = await page(`/organisations/${part(home.id ?? home.name)}/accounts`,
        { q: words.value.trim(), top: SIZE, skip });
      if (mine === asked && !signal.aborted) {
        rows(items);
        none.hidden = items.length > 0;
        pages.show(skip, items.length, total);
      }
    } catch (error) {
      wrong(error);
    }
  }
  words.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      skip = 0;
      load();
    }, 250);
  });
  document.addEventListener("changed", load, { signal });
  return { element: [home.accounts > SIZE ? field("Search", words) : null, list.element, none, pages.element], ready: load() };
}

export const homes = {
  title: "Homes",
  async open(main, { signal }) {
    append(main, [heading("Homes", "Where guests prove who they are. Disable an account at home, or block a whole organisation, " +
      "and see what the host tells the guest.")]);
    const switches = [];
    for (const home of await get("/organisations")) {
      const mine = home.kind === "entra" ? ACCESS.map((one) => [one[0], accessSwitch(home, one)]) : [];
      const list = accounts(home, signal);
      switches.push([home, mine]);
      await list.ready;
      append(main, [section(data(home.name), h("p", { class: "soft" }, chip("", plain(home.kind)), " ",
        data((home.domains ?? []).join(", ")), home.id ? [" · ", h("code", {}, data(home.id))] : null),
      mine.length ? h("div", { class: "buttons" }, mine.map(([, element]) => element)) : null,
      h("h3", {}, "Accounts"), list.element)]);
    }
    document.addEventListener("changed", async () => {
      try {
        const now = await get("/organisations");
        for (const [home, mine] of switches) {
          const same = now.find((one) => one.name === home.name);
          for (const [name, element] of mine) {
            element.setAttribute("aria-checked", String(Boolean(same?.[name])));
          }
        }
      } catch (error) {
        wrong(error);
      }
    }, { signal });
  },
};
