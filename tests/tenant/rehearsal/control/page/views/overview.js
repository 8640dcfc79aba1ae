// SPDX-License-Identifier: Apache-2.0
// What there is, what differs from a quiet day, and what a host must be told to use this tenant.

import { get } from "../lib/api.js";
import { append, data, fill, h, plain, say } from "../lib/dom.js";
import { button, empty, heading, said, section, wrong } from "../lib/ui.js";

const TILES = [
  ["users", "users", "guests", (now) => now.users.all],
  ["pending", "pending", "guests?state=pending", (now) => now.users.pending],
  ["disabled", "disabled", "guests?state=disabled", (now) => now.users.disabled],
  ["groups", "groups", "groups", (now) => now.groups],
  ["homes", "homes", "homes", (now) => now.homes],
  ["signins", "signing in", "signins", (now) => (now.signins.pending ?? 0) + (now.signins.blocked ?? 0)],
  ["requests", "requests", "log", (now) => now.requests],
];
// What overview answers under `settings`, and what guestpass.conf calls it: first under [guestpass], then under [tier].
const SETTINGS = [
  ["tenant_id", "tenant"], ["login", "login_authority"], ["graph", "graph_root"], ["ca_dir", "ca_directory"],
  ["reader_id", "reader_client_id"], ["client_id", "sign_in_client_id"], ["api_id", "api_client_id"], ["api_scope", "scope"],
];

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    said("Copied.");
  } catch {
    wrong(new Error("The browser does not let this page copy; select the text instead."));
  }
}

export const overview = {
  title: "Overview",
  async open(main, { signal }) {
    const tiles = TILES.map(([name, label, link, count]) => {
      const number = h("b", { "data-count": name }, "–");
      return { element: h("li", {}, h("a", { href: `#/${link}` }, number, h("span", {}, label))), number, count };
    });
    const problems = h("div", { "aria-live": "polite" }), tenant = h("dl", { class: "properties" });
    const settings = h("dl", { class: "properties" });
    const page = h("a", { target: "_blank", rel: "noreferrer" }, "sign-in page");
    append(main, [
      heading("Overview", "A stand-in for Entra and Graph on this machine. Nothing here reaches Microsoft; all people are " +
        "invented."),
      h("ul", { class: "tiles" }, tiles.map((one) => one.element)),
      h("div", { class: "cards" },
        section("What differs from a quiet day", problems),
        section("A guest's way in",
          h("p", {}, "On a host that is set up for this tenant, a guest types ", h("code", {}, "ssh ada@fabrikam.example@host"),
            " and enters the code that she is shown on the ", page, "."),
          h("p", {}, "Watch her under ", h("a", { href: "#/signins" }, "Sign-ins"), ", or answer in her place; what the host ",
            "asks for is in the ", h("a", { href: "#/log" }, "Log"), "."),
          h("p", { class: "soft" }, "Guests without an organisation get a code by mail: it arrives in the ",
            h("a", { href: "#/mailbox" }, "Mailbox"), "."))),
      h("div", { class: "cards" }, section("Tenant", tenant), section("Settings of a host", h("p", { class: "soft" },
        "For guestpass.conf, with ", h("code", {}, "cloud = custom"), "; the last two belong to a tier."), settings)),
    ]);

    let shown = "";
    function show(now) {
      for (const one of tiles) {
        say(one.number, one.count(now).toLocaleString("en"));
      }
      const text = JSON.stringify([now.problems, now.settings, now.tenant, now.users.all, now.deleted]);
      if (text === shown) {
        return;
      }
      shown = text;
      fill(problems, now.problems.length ?
        h("ul", { class: "problems" }, now.problems.map(([view, sentence]) =>
          h("li", {}, h("a", { href: `#/${view}` }, plain(sentence))))) :
        empty("Nothing: everything is as at the start."));
      if (now.settings.verification_uri.startsWith("https://")) {
        page.href = now.settings.verification_uri;
      }
      fill(tenant, Object.entries({ ...now.tenant, users: now.users.all, "soft-deleted": now.deleted,
        "accounts at homes": now.accounts }).map(([name, value]) =>
        [h("dt", {}, name), h("dd", {}, data(typeof value === "object" ? JSON.stringify(value) : value))]));
      fill(settings, SETTINGS.map(([name, label]) => {
        const opener = button("Copy", () => copy(now.settings[name]), "quiet");
        opener.setAttribute("aria-label", `Copy ${label}`);
        return [h("dt", {}, label), h("dd", {}, h("span", { class: "value" }, data(now.settings[name])), opener)];
      }));
    }
    document.addEventListener("overview", (event) => show(event.detail), { signal });
    show(await get("/overview"));
  },
};
