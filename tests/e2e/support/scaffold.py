# SPDX-License-Identifier: Apache-2.0
"""The small script that guestpass(1) speaks of: makes the calls of a scaffold's document, fills placeholders in."""

import json
import re

import requests

from support.waiting import until

PLACEHOLDER = re.compile(r"<([^<>]*)>")


def filled(value, values):
    """VALUE with each placeholder of its strings filled in; a KeyError names one that nobody gave."""
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda hit: values[hit[1]], value)
    if isinstance(value, list):
        return [filled(one, values) for one in value]
    if isinstance(value, dict):
        return {name: filled(one, values) for name, one in value.items()}
    return value


def pointed(answer, pointer):
    """What a JSON pointer (RFC 6901) points to; None if there is nothing."""
    for part in pointer.split("/")[1:]:
        try:
            answer = answer[int(part)] if isinstance(answer, list) else answer[part]
        except (IndexError, KeyError):
            return None
    return answer


class Loader:
    """Makes the calls with one token. `values` has what placeholders stand for, and grows."""

    def __init__(self, graph, ca_file, token, **values):
        self.graph, self.values = graph, values
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = ca_file
        self.http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method, path, body=None):
        return self.http.request(method, f"{self.graph}/v1.0{path}", json=body, timeout=10)

    def do(self, step):
        path, body = filled(step["path"], self.values), filled(step.get("body"), self.values)
        gives = step.get("gives", {})

        def done():
            answer = self.call(step["method"], path, body)
            assert answer.status_code in (200, 201, 204), f"{step['step']}: {answer.status_code} {answer.text}"
            given = answer.json() if answer.content else {}
            found = {name: pointed(given, at) for name, at in gives.items()}
            if step["method"] == "GET" and None in found.values():
                return None   # not there yet
            assert None not in found.values(), f"{step['step']}: {given} has not all of {gives}"
            return {"found": found}
        self.values.update(until(done, 30, f"step {step['step']} gives {gives}")["found"])


def document(text):
    """The steps by name, in their order."""
    steps = json.loads(text)
    out = {one["step"]: one for one in steps}
    assert len(out) == len(steps)
    return out
