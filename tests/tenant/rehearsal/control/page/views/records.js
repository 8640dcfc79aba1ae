// SPDX-License-Identifier: Apache-2.0
// What Graph would report of sign-ins, entry by entry.

import { get } from "../lib/api.js";
import { append, data, h, keyed, plain, say } from "../lib/dom.js";
import { check, chip, empty, heading, poll, properties, row, section, table, who } from "../lib/ui.js";

const COLUMNS = ["Time", "Who", "Result"], SHOWN = 100;

function line(entry) {
  const all = properties(null), code = entry.status?.errorCode ?? 0;
  all.update(entry);
  const label = `All of the entry of ${plain(entry.createdDateTime)}`;
  const more = h("details", {}, h("summary", { "aria-label": label }, "All of it"), all.element);
  const why = code ? [" ", data(entry.status?.failureReason)] : null;
  return { element: row(COLUMNS, h("span", { class: "number" }, plain(entry.createdDateTime)),
    who(data(entry.userPrincipalName || "the application itself"), entry.appDisplayName),
    h("div", {}, code ? chip("bad", String(code)) : chip("good", "success"), why, more)), update() {} };
}

export const records = {
  title: "Sign-in log",
  async open(main, { signal }) {
    const all = check("also those that Graph does not show yet", true), none = empty("Nobody has signed in yet.");
    const list = table("Entries of the sign-in log", COLUMNS), more = h("p", { class: "soft" });
    none.hidden = true;
    append(main, [heading("Sign-in log", "The entries of /auditLogs/signIns, newest first. The switch signin_log_delay says how " +
      "late Graph shows them."), h("div", { class: "bar" }, all.element), section("Entries", list.element, none, more)]);
    const rows = keyed(list.body, (entry) => entry.id, line);
    const again = poll(signal, 3000, async () => {
      const found = (await get(all.box.checked ? "/signin-log?all=1" : "/signin-log"))
        .sort((one, other) => (one.createdDateTime < other.createdDateTime ? 1 : -1));
      rows(found.slice(0, SHOWN));
      none.hidden = found.length > 0;
      list.element.hidden = found.length === 0;
      say(more, found.length > SHOWN ? `${found.length - SHOWN} older ones are not shown.` : "");
    });
    all.box.addEventListener("change", again);
    await again.first;
  },
};
