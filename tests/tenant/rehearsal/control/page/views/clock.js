// SPDX-License-Identifier: Apache-2.0
// The tenant's time and its signing keys.

import { get, post, put } from "../lib/api.js";
import { append, data, fill, h, plain, say } from "../lib/dom.js";
import { act, button, chip, field, form, heading, input, poll, row, section, sure, table } from "../lib/ui.js";

const STEPS = [[-3600, "−1 h"], [-300, "−5 min"], [-30, "−30 s"], [30, "+30 s"], [300, "+5 min"], [3600, "+1 h"]];
const COLUMNS = ["Key", "Role", "Issuer in the key document"];
const ISSUERS = { tenant: "this tenant", consumers: "another tenant" };

function told(offset) {
  return offset ? `The tenant's clock is ${Math.abs(offset)} s ${offset > 0 ? "ahead" : "behind"}.` : "The tenant's clock is right.";
}

export const clock = {
  title: "Clock and keys",
  async open(main, { signal }) {
    const time = h("p", { class: "clock" }, "–"), note = h("p", { class: "soft" }, "–");
    const offset = input({ type: "number", step: "any", required: true });
    let now = null, shown = "";
    const move = (saver, seconds) => act(saver, () => put("/clock", { offset: seconds }), (one) => told(one.offset));
    const steps = STEPS.map(([seconds, text]) => {
      const out = button(text, () => move(out, Math.round((now?.offset ?? 0) + seconds)));
      return out;
    });
    const right = button("Right time", () => move(right, 0), "main"), keys = table("Signing keys", COLUMNS);
    const rotate = button("Rotate", () => act(rotate, () => post("/keys/rotate"), (one) => `New tokens are signed by ${one.kid}.`));
    const hard = sure("Rotate, drop the old ones", "Really drop them?", (asked) => act(asked,
      () => post("/keys/rotate", { drop_old: true }), (one) => `Only ${one.kid} is published now.`));
    append(main, [heading("Clock and keys", "A host must stand a wrong clock and a new key. The clock moves Date, iat, exp and all " +
      "timestamps, not the time that codes have left."),
    section("The tenant's clock", time, note, h("div", { class: "buttons" }, steps, right),
      form((saver) => move(saver, Number(offset.value)), h("div", { class: "inline narrow" }, field("Offset in seconds", offset),
        h("button", { type: "submit" }, "Set")))),
    section("Signing keys", keys.element, h("div", { class: "buttons" }, rotate, hard))]);
    await poll(signal, 1000, async () => {
      const [one, known] = await Promise.all([get("/clock"), get("/keys")]);
      now = one;
      say(time, new Date(now.now * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC");
      say(note, told(now.offset));
      right.disabled = now.offset === 0;
      const text = JSON.stringify(known);
      if (text !== shown) {
        shown = text;
        fill(keys.body, known.map((key) => row(COLUMNS, h("code", {}, data(key.kid)),
          h("span", {}, key.signs ? chip("good", "signs") : chip("", "published")), plain(ISSUERS[key.issuer] ?? "none"))));
      }
    }).first;
  },
};
