// SPDX-License-Identifier: Apache-2.0
// The frame of the page: the views, the address behind #, and what is in force, seen from everywhere.

import { get } from "./lib/api.js";
import { fill, h, keyed, plain, say } from "./lib/dom.js";
import { poll, right, wrong } from "./lib/ui.js";
import { clock } from "./views/clock.js";
import { groups } from "./views/groups.js";
import { guests } from "./views/guests.js";
import { homes } from "./views/homes.js";
import { log } from "./views/log.js";
import { mailbox } from "./views/mailbox.js";
import { mutations } from "./views/mutations.js";
import { overview } from "./views/overview.js";
import { policies } from "./views/policies.js";
import { records } from "./views/records.js";
import { registrations } from "./views/registrations.js";
import { reset } from "./views/reset.js";
import { signins } from "./views/signins.js";
import { switches } from "./views/switches.js";
import { weather } from "./views/weather.js";

// A view: {title, open(main, context)}. The context has the rest of the address and a signal that ends with the view;
// a view that returns a function is told by it of a new address that is still its own.
const VIEWS = { overview, guests, groups, homes, registrations, signins, mailbox, records, policies, switches, weather, mutations,
  clock, log, reset };
const MENU = [["", ["overview"]], ["People", ["guests", "groups", "homes", "registrations"]],
  ["Sign-in", ["signins", "mailbox", "records"]], ["Behaviour", ["policies", "switches", "weather", "mutations", "clock"]],
  ["Watch", ["log"]], ["Begin again", ["reset"]]];
const EVERY = 3000;

const main = document.getElementById("main"), nav = document.getElementById("nav"), menu = document.getElementById("menu");
let current = null;

// The address: #/view/part?query

function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  let part = "";
  try {
    part = decodeURIComponent(rest.join("/"));
  } catch {
    part = "";  // not from us
  }
  return { name: Object.hasOwn(VIEWS, name) ? name : "overview", part, query: new URLSearchParams(query ?? "") };
}

async function show() {
  const { name, part, query } = address();
  right();
  openMenu(false);
  for (const link of nav.querySelectorAll("a")) {
    if (link.dataset.view === name) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
  if (current && current.name === name && current.moved) {
    current.moved({ part, query });
    return;
  }
  current?.end.abort();
  const mine = current = { name, end: new AbortController(), moved: null };
  fill(main);
  scrollTo(0, 0);
  main.dataset.view = name;
  try {
    mine.moved = await VIEWS[name].open(main, { part, query, signal: mine.end.signal });
  } catch (error) {
    wrong(error);
  }
  if (current === mine) {
    main.dataset.ready = name;
  }
}

function openMenu(open) {
  nav.classList.toggle("open", open);
  menu.setAttribute("aria-expanded", String(open));
}

// What is in force, in the top line: the reason for many a surprise

const conditions = [
  ["signins", (now) => {
    const waiting = (now.signins.pending ?? 0) + (now.signins.blocked ?? 0);
    return [waiting ? `${waiting} signing in` : "Nobody signing in", false];
  }],
  ["switches", (now) => {
    const count = Object.keys(now.switches).length;
    return [count ? `${count} switched` : "Switches default", count > 0];
  }],
  ["weather", (now) => [now.storm ? `${now.storm} weather` : "Clear sky", now.storm > 0]],
  ["mutations", (now) => [now.mutations ? `${now.mutations} spoiling` : "Honest tokens", now.mutations > 0]],
  ["clock", (now) => [Math.abs(now.clock.offset) >= 1 ? `Clock ${now.clock.offset > 0 ? "+" : ""}${now.clock.offset} s` :
    "Clock right", Math.abs(now.clock.offset) >= 1]],
];

function frame() {
  fill(nav, MENU.map(([title, names]) => [title ? h("p", { id: `menu-${names[0]}` }, title) : null,
    h("ul", title ? { "aria-labelledby": `menu-${names[0]}` } : {}, names.map((name) =>
      h("li", {}, h("a", { href: `#/${name}`, "data-view": name }, VIEWS[name].title))))]));
  menu.addEventListener("click", () => openMenu(menu.getAttribute("aria-expanded") !== "true"));
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    (main.querySelector("h1") ?? main).focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
    const search = main.querySelector("input[type=search]");
    if (event.key === "/" && !typing && search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  const list = document.getElementById("conditions");
  const update = keyed(list, (one) => one.name, (first) => {
    const link = h("a", { href: `#/${first.name}` });
    const show = (one) => {
      say(link, one.text);
      link.className = one.on ? "on" : "";
    };
    show(first);
    return { element: h("li", {}, link), update: show };
  });
  const connection = h("span", { class: "state" }, "Connecting");
  const never = new AbortController();
  document.addEventListener("reached", (event) => {
    say(connection, event.detail ? "Connected" : "No answer");
    connection.classList.toggle("lost", !event.detail);
  });
  let changes = null;
  poll(never.signal, EVERY, async () => {
    const now = await get("/overview");
    say(document.getElementById("tenant"), plain(now.tenant.name));
    say(document.getElementById("domain"), plain(now.tenant.domain));
    update(conditions.map(([name, describe]) => {
      const [text, on] = describe(now);
      return { name, text, on };
    }));
    if (!connection.parentNode) {
      list.append(h("li", {}, connection));
    }
    document.dispatchEvent(new CustomEvent("overview", { detail: now }));
    if (changes !== null && changes !== now.changes) {
      document.dispatchEvent(new Event("directory"));
    }
    changes = now.changes;
  });
}

frame();
addEventListener("hashchange", () => {
  const before = current?.name;
  show().then(() => {
    if (current?.name !== before) {
      main.querySelector("h1")?.focus();
    }
  });
});
show();
