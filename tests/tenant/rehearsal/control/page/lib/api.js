// SPDX-License-Identifier: Apache-2.0
// The control API. A refusal becomes an Error whose message is a sentence for people.

const ROOT = "/_control";

export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// "`as` is missing" and "no such user" are for programs.
function sentence(text) {
  const missing = /^`([^`]*)` is missing$/.exec(text);
  let out = missing ? `“${missing[1]}” is missing` : text;
  out = out.charAt(0).toUpperCase() + out.slice(1);
  return /[.!?]$/.test(out) ? out : out + ".";
}

async function ask(method, path, body) {
  const options = { method, cache: "no-store", credentials: "omit", redirect: "error", headers: {} };
  if (method !== "GET") {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  let answer;
  try {
    answer = await fetch(ROOT + path, options);
  } catch {
    throw new Refusal(0, "The tenant does not answer. Is it still running? Nothing was changed.");
  }
  let value = null;
  try {
    value = await answer.json();
  } catch {
    throw new Refusal(answer.status, answer.status === 404 ? "This tenant does not have that call." :
      `The tenant answered ${answer.status}, and not in JSON.`);
  }
  if (!answer.ok) {
    const text = value && typeof value.error === "string" ? value.error : `The tenant answered ${answer.status}`;
    throw new Refusal(answer.status, sentence(text));
  }
  return { value, total: Number(answer.headers.get("X-Total-Count") ?? NaN) };
}

export const get = async (path) => (await ask("GET", path)).value;
export const post = async (path, body) => (await ask("POST", path, body)).value;
export const put = async (path, body) => (await ask("PUT", path, body)).value;
export const patch = async (path, body) => (await ask("PATCH", path, body)).value;
export const drop = async (path, body) => (await ask("DELETE", path, body)).value;

// A part of a long list: {items, total}.
export async function page(path, query) {
  const { value, total } = await ask("GET", `${path}?${search(query)}`);
  return { items: value, total: Number.isNaN(total) ? value.length : total };
}

export function search(query) {
  return new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value !== null &&
    value !== undefined));
}

export const part = encodeURIComponent;

export function live(path) {
  return new EventSource(ROOT + path);
}
