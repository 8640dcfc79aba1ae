// SPDX-License-Identifier: Apache-2.0
// The mail that never leaves: one-time codes of guests without an organisation.

import { get } from "../lib/api.js";
import { append, data, fill, h, keyed, plain } from "../lib/dom.js";
import { chip, empty, heading, poll, row, section, table } from "../lib/ui.js";

const COLUMNS = ["Code", "Sent", "State"];

export const mailbox = {
  title: "Mailbox",
  async open(main, { signal }) {
    const none = empty("No mail yet. It comes when a guest such as dana@mailonly.example signs in."), list = h("div", {});
    none.hidden = true;
    append(main, [heading("Mailbox", "One-time codes sent to guests who have no organisation. Nothing is really sent."), none, list]);
    const boxes = keyed(list, (box) => box.address, (box) => {
      const letters = table(`Codes for ${plain(box.address)}`, COLUMNS);
      const show = (now) => fill(letters.body, now.letters.map((one) => row(COLUMNS, h("span", { class: "letter" }, plain(one.code)),
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
