// SPDX-License-Identifier: Apache-2.0
// Policies of the tenant, how well its services are, and the machine whose identity it vouches for.

import { get, part, patch } from "../lib/api.js";
import { append, h, plain } from "../lib/dom.js";
import { act, heading, poll, properties, section } from "../lib/ui.js";

// Address of the call, title, what it is. What stands under /policies has one call for each policy.
const SINGLE = [
  ["/policy", "What policies say to programs", "Refusals that a host meets while it polls or refreshes."],
  ["/health", "The sign-in service", "What is the matter with the login host."],
  ["/machine", "The machine", "The identity that IMDS and Azure Arc hand out on this machine."],
  ["/conditional-access", "Conditional Access", "It decides in the browser and at the token; names and shapes are Graph's."],
];
const ABOUT = {
  authorizationPolicy: "Who may invite guests, and what guests may see.",
  crossTenantAccessPolicy: "Who may come in from where, and whose second factor counts.",
  externalIdentitiesPolicy: "Whether guests may leave by themselves.",
  adminConsentRequestPolicy: "Whether people may ask an administrator for consent.",
  invitationDomains: "Domains that may, or may not, be invited.",
};

function card(path, title, about) {
  const all = properties((saver, key, value) => act(saver, () => patch(path, { [key]: value }), `${title}: ${key} changed.`));
  return { element: section(title, h("p", { class: "soft" }, about), all.element), update: all.update };
}

export const policies = {
  title: "Policies",
  async open(main, { signal }) {
    append(main, [heading("Policies", "Rules that decide in the browser and at the token endpoint, in the shape that Graph has " +
      "for them. A wrong value is refused and changes nothing.")]);
    const cards = new Map();
    const show = (path, title, about, value) => {
      if (!cards.has(path)) {
        cards.set(path, card(path, title, about));
        main.append(cards.get(path).element);
      }
      cards.get(path).update(value);
    };
    await poll(signal, 5000, async () => {
      const [named, ...single] = await Promise.all([get("/policies"), ...SINGLE.map(([path]) => get(path))]);
      for (const [name, value] of Object.entries(named)) {
        show(`/policies/${part(name)}`, plain(name), ABOUT[name] ?? "", value);
      }
      SINGLE.forEach(([path, title, about], place) => show(path, title, about, single[place]));
    }).first;
  },
};
