// SPDX-License-Identifier: Apache-2.0
// The applications that a host uses, and their credentials.

import { drop, get, part, patch, post } from "../lib/api.js";
import { append, data, h } from "../lib/dom.js";
import { act, button, field, form, heading, poll, properties, section, sure } from "../lib/ui.js";

const ABOUT = {
  reader: "Reads guests and groups from Graph, with its own certificate or secret.",
  signin: "The public client whose name the guest sees while signing in.",
  api: "What the guest's token is for. It may require that guests are assigned to it.",
};
const FLAGS = [["disabled", "Disabled"], ["isFallbackPublicClient", "Public client"],
  ["appRoleAssignmentRequired", "Assignment required"]];
const SECRET = ["secrets", "certificates"];

function certificates(name, path) {
  const pem = h("textarea", { rows: "4", required: true, placeholder: "-----BEGIN CERTIFICATE-----" });
  const body = form(async (saver) => {
    if (await act(saver, () => post(`${path}/certificates`, { pem: pem.value }),
      (now) => `${name} has ${now.certificates} certificate(s).`)) {
      pem.value = "";
    }
  }, field("Register a certificate (PEM)", pem), h("div", { class: "buttons" }, h("button", { type: "submit" }, "Register"),
    sure("Forget all certificates", "Really forget them?", (asked) => act(asked, () => drop(`${path}/certificates`),
      `${name} has no certificate any more.`))));
  return h("details", {}, h("summary", {}, "Certificates"), body);
}

function card(name, given) {
  const path = `/registrations/${part(name)}`;
  const all = properties((saver, key, value) => act(saver, () => patch(path, { [key]: value }), `${key} of ${name} changed.`),
    SECRET);
  const flags = FLAGS.filter(([key]) => key !== "appRoleAssignmentRequired" || key in given).map(([key, text]) => {
    const out = h("button", { type: "button", role: "switch" }, text);
    out.addEventListener("click", () => {
      const value = out.getAttribute("aria-checked") !== "true";
      act(out, () => patch(path, { [key]: value }), `${name}: “${text}” is ${value ? "on" : "off"}.`);
    });
    return [key, out];
  });
  const element = section([given.displayName ? data(given.displayName) : name, h("span", { class: "soft" }, ` (${name})`)],
    h("p", { class: "soft" }, ABOUT[name] ?? ""), h("div", { class: "buttons" }, flags.map(([, out]) => out)),
    h("h3", {}, "All properties"), all.element, name === "reader" ? certificates(name, path) : null);
  const update = (now) => {
    for (const [key, out] of flags) {
      out.setAttribute("aria-checked", String(Boolean(now[key])));
    }
    all.update(now);
  };
  update(given);
  return { element, update };
}

export const registrations = {
  title: "Registrations",
  async open(main, { signal }) {
    const revoke = button("Revoke app-only tokens", () => act(revoke, () => post("/tokens/revoke"),
      "Graph refuses every app-only token issued before now."));
    append(main, [heading("Registrations", "The applications that a host uses, as they would be in your tenant. Changed roles are " +
      "in new tokens only: revoke the old ones to see them at once."), h("div", { class: "buttons bar" }, revoke)]);
    const cards = new Map();
    await poll(signal, 4000, async () => {
      for (const [name, given] of Object.entries(await get("/registrations"))) {
        if (!cards.has(name)) {
          cards.set(name, card(name, given));
          main.append(cards.get(name).element);
        }
        cards.get(name).update(given);
      }
    }).first;
  },
};
