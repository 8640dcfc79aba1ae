// SPDX-License-Identifier: Apache-2.0
// One user object: everything about it, and every state of it to change.

import { drop, get, part, patch, post, put } from "../lib/api.js";
import { data, fill, h, newId, plain } from "../lib/dom.js";
import { act, button, chip, empty, field, form, input, properties, select, sure, wrong } from "../lib/ui.js";

export function states(user) {
  const state = user.externalUserState;
  return [
    user.accountEnabled === true ? null : chip("bad", "disabled"),
    state === "PendingAcceptance" ? chip("warn", "pending") : state === "Accepted" ? chip("good", "accepted") :
      state === null ? chip("", "internal") : chip("bad", plain(state)),
    user.userType === "Guest" ? null : chip("", plain(user.userType).toLowerCase()),
    user.first_sign_in ? chip("", "first sign-in") : null,
  ];
}

export function nameOf(user) {
  return user.displayName || user.mail || user.id;
}

export function guest(id, signal, close) {
  const path = `/guests/${part(id)}`;
  const state = h("p", {}), actions = h("div", { class: "buttons" }), home = h("div", {}), groups = h("div", {});
  const title = h("h2", { id: newId("guest"), tabindex: "-1" }, "…");
  let user = null, shown = "", leaving = false;
  const all = properties((saver, key, value) => act(saver, () => patch(path, { [key]: value }),
    `${key} of ${nameOf(user)} changed.`));
  const element = h("section", { class: "card detail", "aria-labelledby": title.id }, button("Close", close, "quiet close"),
    title, state, h("h3", {}, "Account here"), actions, h("h3", {}, "Account at home"), home, h("h3", {}, "Groups"), groups,
    rare(), h("h3", {}, "All properties"), all.element);

  function change(text, body, done) {
    const out = button(text, () => act(out, () => patch(path, body), `${nameOf(user)} ${done}.`));
    return out;
  }

  // The object will not be there any more, so nobody shall look for it.
  async function end(asked, work, done) {
    leaving = true;
    if (await act(asked, work, `${nameOf(user)} ${done}.`)) {
      close();
    } else {
      leaving = false;
    }
  }

  // What seldom happens to a guest, and what a host must notice then.
  function rare() {
    const mail = input({ type: "email", placeholder: "another address, where there is one" });
    const does = (text, what, done) => {
      const out = button(text, () => act(out, () => post(`${path}/${what}`, mail.value.trim() ? { mail: mail.value.trim() } : {}),
        `${nameOf(user)}: ${done}.`));
      return out;
    };
    return h("details", { class: "rare" }, h("summary", {}, "Identity"), field("Mail address", mail),
      h("div", { class: "buttons" }, does("Reset redemption", "reset-redemption", "redemption begins anew"),
        does("Hand over", "hand-over", "the object is another person's now"),
        does("Convert to external", "convert", "an external identity from now on"),
        sure("Leave by own will", "Really leave?", (asked) => end(asked, () => post(`${path}/leave`), "has left"))));
  }

  function showActions(now) {
    const state = now.externalUserState;
    return [
      now.accountEnabled ? change("Disable", { accountEnabled: false }, "is disabled") :
        change("Enable", { accountEnabled: true }, "is enabled"),
      state === "PendingAcceptance" ? change("Accept invitation", { externalUserState: "Accepted" }, "has accepted") :
        state !== null ? change("Back to pending", { externalUserState: "PendingAcceptance" }, "is pending") : null,
      now.first_sign_in ? change("Consent was given", { first_sign_in: false }, "has signed in before") :
        change("Ask for consent", { first_sign_in: true }, "has the first sign-in to come"),
      sure("Delete", "Really delete?", (asked) => end(asked, () => drop(path), "is deleted")),
    ];
  }

  function showHome(now) {
    const { mail, kind } = now.home;
    const secret = h("span", {}, button("Show password", async () => {
      try {
        const account = await get(`/homes/${part(mail)}`);
        fill(secret, account.password ? ["password ", h("code", {}, data(account.password))] : "gets a code by mail");
      } catch (error) {
        wrong(error);
      }
    }, "quiet"));
    const set = (text, enabled) => {
      const out = button(text, () => act(out, () => patch(`/homes/${part(mail)}`, { enabled }),
        `The account ${mail} at home is ${enabled ? "enabled" : "disabled"}.`));
      return out;
    };
    return [h("p", {}, data(mail), " ", chip("", plain(kind)), " ", secret),
      h("div", { class: "buttons" }, set("Enable at home", true), set("Disable at home", false))];
  }

  function showGroups(now, known) {
    const held = known.filter((one) => now.groups.includes(one.displayName));
    const free = known.filter((one) => !held.includes(one));
    const choice = select(free.map((one) => [one.id, one.displayName]));
    return [
      held.length ? h("ul", { class: "problems" }, held.map((one) => {
        const out = button("Take out", () => act(out, () => drop(`/groups/${part(one.id)}/members/${part(id)}`),
          `${nameOf(now)} is no longer in ${one.displayName}.`), "quiet");
        out.setAttribute("aria-label", plain(`Take out of ${one.displayName}`));
        return h("li", { class: "pair" }, h("a", { href: `#/groups/${part(one.id)}` }, data(one.displayName)), out);
      })) : h("p", { class: "soft" }, "In no group directly."),
      free.length ? form((saver) => act(saver, () => put(`/groups/${part(choice.value)}/members/${part(id)}`),
        `${nameOf(now)} is now in ${choice.selectedOptions[0].text}.`),
      h("div", { class: "inline" }, field("Put into", choice), h("button", { type: "submit" }, "Add"))) : null,
    ];
  }

  async function load() {
    if (leaving) {
      return;
    }
    try {
      const [now, known] = await Promise.all([get(path), get("/groups?brief=1")]);
      const text = JSON.stringify(now);
      if (signal.aborted || text === shown) {
        return;
      }
      const inside = shown && element.contains(document.activeElement);
      shown = text;
      user = now;
      fill(title, data(nameOf(now)));
      fill(state, data(now.mail), h("br"), states(now));
      fill(actions, showActions(now));
      fill(home, showHome(now));
      fill(groups, showGroups(now, known));
      all.update(now);
      if (inside && !element.contains(document.activeElement)) {
        title.focus({ preventScroll: true });
      }
    } catch (error) {
      if (error.status !== 404) {
        wrong(error);
      } else if (!signal.aborted) {
        fill(element, button("Close", close, "quiet close"), empty("There is no such user, or not any more."));
      }
    }
  }
  document.addEventListener("changed", load, { signal });
  document.addEventListener("directory", load, { signal });
  return { element, ready: load(), focus: () => title.focus({ preventScroll: true }) };
}
