// SPDX-License-Identifier: Apache-2.0
// The mail that never leaves: one-time codes of guests without an organisation, and invitations.

import { get } from "../lib/api.js";
import { append, data, fill, h, keyed, plain } from "../lib/dom.js";
import { chip, empty, heading, poll, row, section, table } from "../lib/ui.js";

const COLUMNS = ["Letter", "Sent", "State"];

// A one-time code, or an invitation with the page that accepts it.
function content(letter) {
  if (letter.link === undefined) {
    return h("span", { class: "letter" }, plain(letter.code));
  }
  return letter.link.startsWith("https://") ? h("a", { href: letter.link, target: "_blank", rel: "noreferrer" }, "Invitation") :
    data(letter.link);
}

export const mailbox = {
  title: "Mailbox",
  async open(main, { signal }) {
    const none = empty("No mail yet. It comes when a guest such as dana@mailonly.example signs in."), list = h("div", {});
    none.hidden = true;
    append(main, [heading("Mailbox", "One-time codes for guests who have no organisation, and invitations. Nothing is really " +
      "sent."), none, list]);
    const boxes = keyed(list, (box) => box.address, (box) => {
      const letters = table(`Letters to ${plain(box.address)}`, COLUMNS);
      const show = (now) => fill(letters.body, now.letters.map((one) => row(COLUMNS, content(one),
        h("span", { class: "number" }, plain(one.time)), h("span", {}, one.used ? chip("", "used") : chip("good", "unused")))));
      show(box);
      return { element: section(data(box.address), letters.element), update: show };
    });
    await poll(signal, 2000, async () => {
      const found = await get("/mailbox");
      boxes(found);
      none.hidden = found.length > 0;
    }).first;
  },
};
