// SPDX-License-Identifier: Apache-2.0
// Guests and other users: find one among many, make a new one.

import { get, page, part, post, search } from "../lib/api.js";
import { append, data, fill, h, keyed, plain } from "../lib/dom.js";
import { beside } from "../lib/detail.js";
import { act, button, empty, field, form, heading, input, pager, row, select, sure, table, who, wrong } from "../lib/ui.js";
import { guest, nameOf, states } from "./guest.js";

const SIZE = 50;
const STATES = [["", "any state"], ["accepted", "accepted"], ["pending", "invitation pending"], ["disabled", "disabled"],
  ["enabled", "enabled"], ["guest", "type guest"], ["member", "type member"], ["first", "first sign-in to come"],
  ["ungrouped", "in no group"]];
const KINDS = [["entra", "an Entra tenant"], ["mail", "a code by mail"], ["msa", "a Microsoft account"], ["google", "Google"],
  ["internal", "this tenant itself"]];
const COLUMNS = ["User", "State", "Groups"], GONE = ["User", "Deleted", ""];

function maker(groups) {
  const mail = input({ type: "email", required: true, placeholder: "zoe@fabrikam.example" });
  const name = input({ placeholder: "Zoe Example" }), company = input({ placeholder: "Fabrikam" });
  const kind = select(KINDS), state = select([["Accepted", "accepted"], ["PendingAcceptance", "invitation pending"]]);
  const group = select([["", "no group"], ...groups.map((one) => [one.id, one.displayName])]);
  const body = form(async (saver) => {
    const wanted = { mail: mail.value, home: { kind: kind.value, mail: mail.value }, groups: group.value ? [group.value] : [],
      ...(name.value && { displayName: name.value }), ...(company.value && { companyName: company.value }),
      ...(kind.value !== "internal" && { externalUserState: state.value }) };
    if (await act(saver, () => post("/guests", wanted), `${name.value || mail.value} is made.`)) {
      mail.value = name.value = company.value = "";
      mail.focus();
    }
  }, h("div", { class: "fields" }, field("Mail address", mail), field("Name", name), field("Company", company),
    field("Proves the identity at", kind, "At an Entra tenant the account must exist: see Homes."), field("State", state),
    field("Group", group)), h("div", { class: "buttons" }, h("button", { type: "submit", class: "main" }, "Make")));
  return h("details", { class: "card" }, h("summary", {}, "Make a guest"), body);
}

// Those who were deleted, and can come back.
function deleted(signal) {
  const list = table("Deleted users", GONE), none = empty("Nobody was deleted.");
  const rows = keyed(list.body, (user) => user.id, (user) => {
    const name = nameOf(user), path = `/guests/${part(user.id)}`;
    const back = button("Restore", () => act(back, () => post(`${path}/restore`),
      `${name} is back, with the groups of before.`), "quiet");
    const gone = sure("Purge", "Really purge?", (asked) => act(asked, () => post(`${path}/purge`), `${name} is gone for good.`));
    back.setAttribute("aria-label", plain(`Restore ${name}`));
    gone.classList.add("quiet");
    return { element: row(GONE, who(data(name), user.mail), data(user.deletedDateTime),
      h("div", { class: "actions" }, back, gone)),
      update() {} };
  });
  async function load() {
    try {
      const { items } = await page("/deleted", {});
      rows(items);
      none.hidden = items.length > 0;
      list.element.hidden = items.length === 0;
    } catch (error) {
      wrong(error);
    }
  }
  document.addEventListener("changed", load, { signal });
  document.addEventListener("directory", load, { signal });
  load();
  return { element: h("details", { class: "card" }, h("summary", {}, "Deleted users"), list.element, none) };
}

export const guests = {
  title: "Guests",
  async open(main, { part: first, query, signal }) {
    const words = input({ type: "search", placeholder: "name, mail, company or id ( / )" });
    const state = select(STATES), home = input({ placeholder: "any: a domain, or entra" });
    const list = table("Users", COLUMNS), none = empty("Nobody fits.");
    const pages = pager(SIZE, (skip) => { location.hash = address(split.chosen(), { skip }); });
    const lot = h("div", { class: "list card" }, list.element, none, pages.element);
    const split = beside(lot, signal, guest, address);
    let now = query, asked = 0, typing = 0;
    none.hidden = true;

    // The search stands in the address, so that Back and a reload lead to the same list.
    function address(id, changes = {}) {
      const values = { ...Object.fromEntries(now), ...changes };
      const text = String(search({ ...values, skip: values.skip || "" }));
      return `#/guests${id ? `/${part(id)}` : ""}${text ? `?${text}` : ""}`;
    }
    function seek(changes) {
      const next = address(split.chosen(), { ...changes, skip: 0 });
      history.replaceState(null, "", next);
      now = new URLSearchParams(next.split("?")[1] ?? "");
      load();
    }
    function fields() {
      words.value = now.get("q") ?? "";
      state.value = now.get("state") ?? "";
      home.value = now.get("home") ?? "";
    }

    const rows = keyed(list.body, (user) => user.id, (user) => {
      const link = h("a", { "data-id": user.id }), element = row(COLUMNS, "", "", "");
      let mail;
      const show = (one) => {
        fill(link, data(nameOf(one)));
        if (mail !== one.mail) {
          mail = one.mail;
          fill(element.cells[0], who(link, mail));
        }
        fill(element.cells[1], h("span", {}, states(one)));
        fill(element.cells[2], one.groups.length ? h("span", {}, one.groups.map((group) => h("div", {}, data(group)))) :
          h("span", { class: "soft" }, "none"));
      };
      show(user);
      return { element, update: show };
    });
    async function load() {
      const mine = asked += 1, skip = Number(now.get("skip")) || 0;
      try {
        const { items, total } = await page("/guests", { q: now.get("q"), state: now.get("state"), home: now.get("home"),
          top: SIZE, skip });
        if (mine !== asked || signal.aborted) {
          return;
        }
        rows(items);
        for (const link of list.body.querySelectorAll("a[data-id]")) {
          link.href = address(link.dataset.id);
        }
        none.hidden = items.length > 0;
        pages.show(skip, items.length, total);
        split.mark();
      } catch (error) {
        wrong(error);
      }
    }
    words.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => seek({ q: words.value.trim() }), 250);
    });
    home.addEventListener("change", () => seek({ home: home.value.trim() }));
    state.addEventListener("change", () => seek({ state: state.value }));

    append(main, [heading("Guests", "All user objects of the tenant. Choose one to see and change everything about it."),
      h("div", { class: "bar", role: "search" }, field("Search", words, null, "grow"), field("State", state), field("Home", home)),
      split.element, maker(await get("/groups?brief=1")), deleted(signal).element]);
    document.addEventListener("directory", load, { signal });
    document.addEventListener("changed", load, { signal });
    fields();
    await load();
    await split.choose(first);
    return async ({ part: id, query: next }) => {
      if (String(next) !== String(now)) {
        now = next;
        fields();
        load();
      }
      await split.choose(id);
    };
  },
};
