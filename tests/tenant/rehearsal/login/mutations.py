# SPDX-License-Identifier: Apache-2.0
"""Wrong tokens, each wrong in one named way, to show that a client refuses them: which are in force, and their use.

Control says which mutation, on which token, how often; mutations_claims.py and mutations_form.py hold them all.
"""
import copy

from . import mutations_claims, mutations_form
from .mutation_table import ANSWER_TABLE, TABLE

PARTS = (mutations_claims, mutations_form)  # importing them fills the table
to_v1 = mutations_claims.to_v1


def check(spec):
    """Validate what control was given; returns the mutation to put in force."""
    name = spec.get("name")
    if name == "set_claim":
        if not isinstance(spec.get("claim"), str) or "value" not in spec:
            raise ValueError("set_claim wants claim and value")
    elif name not in TABLE and name not in ANSWER_TABLE:
        raise ValueError(f"no such mutation: {name}")
    if spec.get("token", "both") not in ("id", "access", "both"):
        raise ValueError("token is id, access or both")
    times = spec.get("times", 1)
    if not isinstance(times, int) or times < 0:
        raise ValueError("times is a number; 0 means always")
    skip = spec.get("skip", 0)
    if type(skip) is not int or skip < 0:
        raise ValueError("skip is a number: how many tokens stay honest before")
    return {"token": "both", **copy.deepcopy(spec), "times": times, "skip": skip, "left": times or -1, "used": 0}


def prepare(world, spec):
    """Publish now the odd key that a mutation will sign with, as a tenant would have it published before."""
    if spec["name"] == "key_without_issuer":
        world.keys.want("no_issuer")
        world.keys.show_no_issuer = True


def apply(world, _flow, drafts):
    """Change the drafts by what is in force; returns the specs used, for apply_to_answer."""
    used = [spec for spec in world.mutations if spec["left"] != 0 and spec["skip"] == 0]
    for spec in world.mutations:
        spec["skip"] -= 1 if spec["skip"] > 0 else 0
    for spec in used:
        spec["left"] -= 1 if spec["left"] > 0 else 0
        spec["used"] += 1
        for draft in drafts:
            if spec["token"] not in (draft.kind, "both"):
                continue
            if spec["name"] == "set_claim":
                draft.claims[spec["claim"]] = spec["value"]
            elif spec["name"] in TABLE and draft.kind in TABLE[spec["name"]][1]:
                TABLE[spec["name"]][0](world, draft)
    return used


def apply_to_answer(world, answer, used):
    for spec in used:
        if spec["name"] in ANSWER_TABLE:
            ANSWER_TABLE[spec["name"]][0](world, answer)


def catalogue():
    out = {name: {"tokens": list(tokens), "about": text} for name, (_, tokens, text) in TABLE.items()}
    out.update({name: {"tokens": ["answer"], "about": text} for name, (_, text) in ANSWER_TABLE.items()})
    return out
