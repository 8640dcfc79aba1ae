// SPDX-License-Identifier: Apache-2.0
// Device codes that hosts wait for, live: answer in the guest's place, or let something go wrong.

import { get, page, part, post } from "../lib/api.js";
import { append, fill, h, keyed, newId, plain, say } from "../lib/dom.js";
import { act, button, check, chip, empty, field, form, heading, input, poll, select } from "../lib/ui.js";

const EVERY = 1000, SHOWN = 100;
const KIND = { pending: "warn", approved: "good", redeemed: "good", declined: "bad", blocked: "bad", expired: "" };
const OPEN = ["pending", "blocked"];

function minutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

// What may be done to a sign-in that still waits.
function answers(code, errors, people) {
  const path = `/signins/${part(code)}`;
  const who = input({ type: "email", required: true, list: people.id, placeholder: "ada@fabrikam.example" });
  const force = check("even if Entra would refuse"), block = select(errors, "53003");
  const simple = (text, call, done) => {
    const out = button(text, () => act(out, () => post(`${path}/${call}`), `${code} ${done}.`));
    return out;
  };
  return h("div", { class: "answers" },
    form((saver) => act(saver, () => post(`${path}/approve`, { as: who.value.trim(), force: force.box.checked }),
      (now) => (now.blocked ? `Entra would show ${who.value} a block page: ${now.blocked}.` :
        `${code} is approved as ${who.value}.`)),
    h("div", { class: "inline" }, field("Approve as", who), h("button", { type: "submit", class: "main" }, "Approve")),
    force.element),
    form((saver) => act(saver, () => post(`${path}/block`, { code: Number(block.value) }),
      `${code} was shown the block page ${block.value}.`),
    h("div", { class: "inline" }, field("Show a block page", block), h("button", { type: "submit" }, "Block")),
    h("div", { class: "buttons" }, simple("Decline", "decline", "is declined"), simple("Expire now", "expire", "is expired"))));
}

function card(first, errors, people) {
  const state = h("span", {}), left = h("span", { class: "number" }), id = newId("flow");
  const bar = h("progress", { max: "1", "aria-label": "time left" });
  const facts = Object.fromEntries(["Polls", "Interval", "As", "Client", "Scope"].map((name) => [name, h("dd", {})]));
  const what = answers(first.user_code, errors, people);
  const element = h("article", { class: "card flow", "aria-labelledby": id, "data-code": first.user_code },
    h("header", {}, h("h2", { id, class: "usercode" }, plain(first.user_code)), state, left), bar,
    h("dl", { class: "facts" }, Object.entries(facts).map(([name, value]) => h("div", {}, h("dt", {}, name), value))), what);
  let total = Math.max(1, first.seconds_left);
  const update = (now) => {
    const open = OPEN.includes(now.state), text = now.block_code ? `${now.state} (${now.block_code})` : now.state;
    total = Math.max(total, now.seconds_left);
    if (state.textContent !== text) {
      fill(state, chip(KIND[now.state] ?? "", text));
    }
    say(left, open ? `${minutes(now.seconds_left)} left` : "");
    bar.value = now.seconds_left / total;
    bar.hidden = what.hidden = !open;
    say(facts.Polls, String(now.polls ?? 0));
    say(facts.Interval, now.interval === undefined ? "–" : `${now.interval} s`);
    say(facts.As, plain(now.as ?? "nobody yet"));
    say(facts.Client, plain(now.client_id));
    say(facts.Scope, plain(now.scope));
  };
  update(first);
  return { element, update };
}

export const signins = {
  title: "Sign-ins",
  async open(main, { signal }) {
    const only = check("only those that still wait", false), list = h("div", { id: "flows" });
    const none = empty("Nobody is signing in. Start one: ssh ada@fabrikam.example@host"), more = h("p", { class: "soft" });
    const people = h("datalist", { id: newId("people") });
    none.hidden = more.hidden = true;
    append(main, [heading("Sign-ins in flight", "Every device code that a host has asked for, newest first. A guest answers on " +
      "the sign-in page; here you can answer in her place."), h("div", { class: "bar" }, only.element), list, none, more, people]);
    const errors = Object.entries(await get("/errors")).map(([code, one]) => [code, `${code}: ${one.text}`.slice(0, 90)]);
    const { items } = await page("/guests", { top: 100 });
    fill(people, items.map((one) => h("option", { value: plain(one.mail) }, plain(one.displayName))));
    const cards = keyed(list, (flow) => flow.user_code, (flow) => card(flow, errors, people));
    const again = poll(signal, EVERY, async () => {
      const found = (await get("/signins")).filter((one) => !only.box.checked || OPEN.includes(one.state)).reverse();
      cards(found.slice(0, SHOWN));
      none.hidden = found.length > 0;
      more.hidden = found.length <= SHOWN;
      say(more, `${found.length - SHOWN} older ones are not shown.`);
    });
    only.box.addEventListener("change", again);
    await again.first;
  },
};
