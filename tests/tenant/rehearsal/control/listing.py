# SPDX-License-Identifier: Apache-2.0
"""Which of many users a person asks for, and which part of a long list: ?q= &state= &home= &group= &top= &skip=."""

STATES = {
    "accepted": lambda user: user.props["externalUserState"] == "Accepted",
    "pending": lambda user: user.props["externalUserState"] == "PendingAcceptance",
    "disabled": lambda user: user.props["accountEnabled"] is not True,
    "enabled": lambda user: user.props["accountEnabled"] is True,
    "guest": lambda user: user.props["userType"] == "Guest",
    "member": lambda user: user.props["userType"] == "Member",
    "first": lambda user: user.first_sign_in,
    "ungrouped": lambda user: not user.groups,
}
SEARCHED = ("displayName", "mail", "companyName", "id")


def cut(request, found):
    """The part that ?top= and ?skip= ask for; the whole length goes into the header X-Total-Count."""
    skip, top = int(request.query.get("skip", 0)), request.query.get("top")
    if skip < 0 or (top is not None and int(top) < 0):
        raise ValueError("top and skip are not negative")
    request["total"] = len(found)
    return found[skip:] if top is None else found[skip:skip + int(top)]


def holds(part, *texts):
    """Whether one of the texts has the part, whatever the case; part is in lower case already."""
    return any(part in text.lower() for text in texts if text)


def users(world, request):
    """The users that fit all that is asked; every one if nothing is."""
    query = request.query
    found = world.users.values()
    if "state" in query:
        if query["state"] not in STATES:
            raise ValueError("state is one of " + ", ".join(STATES))
        found = filter(STATES[query["state"]], found)
    if "home" in query:  # a kind of home, or the domain of the address there
        wanted = query["home"].lower()
        found = (user for user in found
                 if user.home["kind"] == wanted or user.home["mail"].lower().endswith("@" + wanted))
    if "group" in query:
        found = (user for user in found if query["group"] in user.groups)
    if query.get("q"):
        part = query["q"].lower()
        names = ("userPrincipalName",) if "#ext#" in part else SEARCHED  # else it says no more than the mail address
        found = (user for user in found if holds(part, *map(user.props.__getitem__, names)))
    return list(found)
