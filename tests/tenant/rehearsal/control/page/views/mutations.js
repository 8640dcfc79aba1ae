// SPDX-License-Identifier: Apache-2.0
// Wrong tokens: the next ones, each wrong in one named way, which a host must refuse.

import { drop, get, post } from "../lib/api.js";
import { append, data, fill, h, plain } from "../lib/dom.js";
import { act, button, chip, empty, field, form, heading, input, poll, read, row, section, select, table } from "../lib/ui.js";

const ACTIVE = ["Mutation", "Token", "Used", "Left"], KNOWN = ["Name", "What it does", "Token", ""];

function left(one) {
  return one.left < 0 ? "until cleared" : one.left === 0 ? "spent" : String(one.left);
}

export const mutations = {
  title: "Mutations",
  async open(main, { signal }) {
    const active = table("Mutations in force", ACTIVE), none = empty("None: tokens are honest.");
    const token = select([["both", "both tokens"], ["id", "ID token"], ["access", "access token"]]);
    const times = input({ type: "number", min: "0", value: "1", required: true });
    const claim = input({ required: true, placeholder: "idp" }), value = input({ placeholder: "text, 7, null, [\"a\"] …" });
    const words = input({ type: "search", placeholder: "name or meaning ( / )" });
    const known = table("Known mutations", KNOWN), nothing = empty("No such mutation.");
    const clear = button("Honest tokens again", () => act(clear, () => drop("/mutations"), "Tokens are honest again."));
    const chosen = () => ({ token: token.value, times: Number(times.value) });
    const setClaim = form((saver) => act(saver, () => post("/mutations", { name: "set_claim", claim: claim.value.trim(),
      value: read(value.value), ...chosen() }), `The claim ${claim.value.trim()} will be changed.`),
    h("div", { class: "fields" }, field("Claim", claim), field("Value", value, "JSON; other text is taken as it is.")),
    h("div", { class: "buttons" }, h("button", { type: "submit" }, "Set claim")));
    none.hidden = nothing.hidden = true;
    append(main, [heading("Mutations", "Each spoils the next tokens in one way. A host must refuse every one of them, and say so " +
      "in its log."),
    section("In force", active.element, none, h("div", { class: "buttons" }, clear)),
    section("Spoil the next tokens", h("div", { class: "fields" }, field("Which token", token),
      field("How often", times, "0: until cleared.")), h("h3", {}, "Any claim"), setClaim, h("h3", {}, "By name"),
    field("Search", words), known.element, nothing)]);
    const { catalogue } = await get("/mutations");
    const rows = Object.entries(catalogue).map(([name, one]) => {
      const arm = button("Arm", () => act(arm, () => post("/mutations", { name, ...chosen() }), `${name} is armed.`), "quiet");
      arm.setAttribute("aria-label", `Arm ${name}`);
      return { text: `${name} ${one.about}`.toLowerCase(), element: row(KNOWN, h("code", {}, plain(name)), plain(one.about),
        h("span", {}, one.tokens.map((text) => chip("", plain(text)))), h("div", { class: "actions" }, arm)) };
    });
    append(known.body, rows.map((one) => one.element));
    words.addEventListener("input", () => {
      const wanted = words.value.trim().toLowerCase();
      for (const one of rows) {
        one.element.hidden = !one.text.includes(wanted);
      }
      nothing.hidden = rows.some((one) => !one.element.hidden);
    });
    let shown = "";
    await poll(signal, 2000, async () => {
      const now = (await get("/mutations")).active, text = JSON.stringify(now);
      none.hidden = now.length > 0;
      active.element.hidden = clear.hidden = now.length === 0;
      if (text !== shown) {
        shown = text;
        fill(active.body, now.map((one) => row(ACTIVE, h("span", {}, h("code", {}, plain(one.name)), one.name === "set_claim" ?
          [" ", data(`${one.claim} = ${JSON.stringify(one.value)}`)] : null), plain(one.token), String(one.used), left(one))));
      }
    }).first;
  },
};
