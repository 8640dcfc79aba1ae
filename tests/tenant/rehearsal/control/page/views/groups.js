// SPDX-License-Identifier: Apache-2.0
// Groups and who is directly in them.

import { drop, get, page, part, put } from "../lib/api.js";
import { append, data, fill, h, keyed, newId, plain } from "../lib/dom.js";
import { beside } from "../lib/detail.js";
import { act, button, empty, field, form, heading, input, pager, properties, row, table, who, wrong } from "../lib/ui.js";

const SIZE = 50;
const COLUMNS = ["Group", "Direct members"], MEMBERS = ["Member", ""];

function group(id, signal, close) {
  const title = h("h2", { id: newId("group"), tabindex: "-1" }, "…"), all = properties(null);
  const words = input({ type: "search", placeholder: "name or mail" }), added = input({ required: true });
  const list = table("Members", MEMBERS), none = empty("No such member.");
  let skip = 0, own = null, asked = 0, typing = 0;
  const pages = pager(SIZE, (to) => {
    skip = to;
    load();
  });
  const element = h("section", { class: "card detail", "aria-labelledby": title.id }, button("Close", close, "quiet close"),
    title, form(async (saver) => {
      const ref = added.value.trim();
      if (await act(saver, () => put(`/groups/${part(id)}/members/${part(ref)}`), `${ref} is now in ${own.displayName}.`)) {
        added.value = "";
      }
    }, h("div", { class: "inline" }, field("Put in", added), h("button", { type: "submit" }, "Add")),
    h("p", { class: "hint" }, "A mail address, an id, or the name of a group.")),
    h("h3", {}, "Direct members"), field("Search members", words), list.element, none, pages.element,
    h("h3", {}, "All properties"), all.element);

  const rows = keyed(list.body, (one) => one.id, (one) => {
    const out = button("Take out", () => act(out, () => drop(`/groups/${part(id)}/members/${part(one.id)}`),
      `${one.displayName} is no longer in ${own.displayName}.`), "quiet");
    out.setAttribute("aria-label", plain(`Take out ${one.displayName}`));
    const member = row(MEMBERS, "", h("div", { class: "actions" }, out));
    const show = (now) => fill(member.cells[0], who(h("a", { href: `#/${now.group ? "groups" : "guests"}/${part(now.id)}` },
      data(now.displayName)), now.group ? "a group" : now.mail));
    show(one);
    return { element: member, update: show };
  });

  async function load() {
    const mine = asked += 1;
    try {
      const [known, { items, total }] = await Promise.all([get("/groups?brief=1"),
        page(`/groups/${part(id)}/members`, { q: words.value.trim(), top: SIZE, skip })]);
      if (mine !== asked || signal.aborted) {
        return;
      }
      own = known.find((one) => one.id === id);
      fill(title, data(own.displayName));
      all.update(own);
      rows(items);
      none.hidden = items.length > 0;
      pages.show(skip, items.length, total);
    } catch (error) {
      if (error.status !== 404) {
        wrong(error);
      } else if (!signal.aborted) {
        fill(element, button("Close", close, "quiet close"), empty("There is no such group, or not any more."));
      }
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
  document.addEventListener("directory", load, { signal });
  return { element, ready: load(), focus: () => title.focus({ preventScroll: true }) };
}

export const groups = {
  title: "Groups",
  async open(main, { part: first, signal }) {
    const list = table("Groups", COLUMNS);
    const split = beside(h("div", { class: "list card" }, list.element), signal, group,
      (id) => (id ? `#/groups/${part(id)}` : "#/groups"));
    const rows = keyed(list.body, (one) => one.id, (one) => {
      const link = h("a", { href: `#/groups/${part(one.id)}`, "data-id": one.id });
      const element = row(COLUMNS, link, h("span", { class: "number" }));
      const show = (now) => {
        fill(link, data(now.displayName));
        fill(element.cells[1].firstChild, now.members.toLocaleString("en"));
      };
      show(one);
      return { element, update: show };
    });
    async function load() {
      try {
        rows(await get("/groups?brief=1"));
        split.mark();
      } catch (error) {
        wrong(error);
      }
    }
    append(main, [heading("Groups", "Who is in which group decides who may log in where. Assignment to the API reaches direct " +
      "members only; for access, those of nested groups count too."), split.element]);
    document.addEventListener("directory", load, { signal });
    document.addEventListener("changed", load, { signal });
    await load();
    await split.choose(first);
    return ({ part: id }) => split.choose(id);
  },
};
