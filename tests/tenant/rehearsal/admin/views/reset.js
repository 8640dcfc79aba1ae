// SPDX-License-Identifier: Apache-2.0
// Everything as at the start.

import { post } from "../lib/api.js";
import { append, h } from "../lib/dom.js";
import { act, heading, section, sure } from "../lib/ui.js";

const items = (...texts) => h("ul", {}, texts.map((text) => h("li", {}, text)));

export const reset = {
  title: "Reset",
  async open(main) {
    append(main, [heading("Reset", "Begin again from the data that the tenant was started with."),
      section("What a reset does", h("h3", {}, "Put back"), items("Guests, groups, homes and registrations, with all properties",
        "Switches, weather, mutations, and the clock"),
      h("h3", {}, "Lost"), items("Sign-ins in flight: hosts that wait for one are told that the code is unknown",
        "Browser sessions of the sign-in pages, one-time codes, and the log"),
      h("h3", {}, "Kept"), items("Addresses, the certificate authority, and the signing keys"),
      h("div", { class: "buttons" }, sure("Reset the tenant", "Really reset everything?", (asked) =>
        act(asked, () => post("/reset"), "Everything is as at the start."))))]);
  },
};
