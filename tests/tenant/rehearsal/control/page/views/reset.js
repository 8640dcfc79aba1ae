// SPDX-License-Identifier: Apache-2.0
// Everything as at the start; or the tenant as a file, to keep and to load again.

import { get, post, put } from "../lib/api.js";
import { append, h } from "../lib/dom.js";
import { act, button, field, form, heading, section, sure } from "../lib/ui.js";

const items = (...texts) => h("ul", {}, texts.map((text) => h("li", {}, text)));

async function save() {
  const text = JSON.stringify(await get("/state"), null, 1);
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: address, download: "tenant.json" }).click();
  URL.revokeObjectURL(address);
}

function files() {
  const keep = button("Save as a file", () => act(keep, save, "The tenant is saved as tenant.json."));
  const chosen = h("input", { type: "file", accept: ".json,application/json", required: true });
  return section("The tenant as a file", h("p", {}, "What you have made of the tenant can be kept, and loaded again here or with ",
    h("code", {}, "--data"), "."), h("div", { class: "buttons bar" }, keep),
  form((saver) => act(saver, async () => {
    let value;
    try {
      value = JSON.parse(await chosen.files[0].text());
    } catch {
      throw new Error("This file is not JSON. Nothing was changed.");
    }
    return put("/state", value);
  }, (now) => `Loaded: ${now.users} users, ${now.groups} groups.`), h("div", { class: "inline" },
    field("Load, in the place of everything", chosen), h("button", { type: "submit" }, "Load"))));
}

export const reset = {
  title: "Reset and files",
  async open(main) {
    append(main, [heading("Reset", "Begin again from the data that the tenant was started with."),
      section("What a reset does", h("h3", {}, "Put back"), items("Guests, groups, homes and registrations, with all properties",
        "Switches, weather, mutations, and the clock"),
      h("h3", {}, "Lost"), items("Sign-ins in flight: hosts that wait for one are told that the code is unknown",
        "Browser sessions of the sign-in pages, one-time codes, and the log"),
      h("h3", {}, "Kept"), items("Addresses, the certificate authority, and the signing keys"),
      h("div", { class: "buttons" }, sure("Reset the tenant", "Really reset everything?", (asked) =>
        act(asked, () => post("/reset"), "Everything is as at the start.")))), files()]);
  },
};
