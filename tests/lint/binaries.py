# SPDX-License-Identifier: Apache-2.0
"""Checks of what was linked: exported names, needed libraries, hardening."""

import re

from common import ROOT, run

PAM_EXPORTS = {f"pam_sm_{n}" for n in ("authenticate", "setcred", "acct_mgmt", "open_session",
                                      "close_session", "chauthtok")}
NSS_EXPORTS = {f"_nss_guestpass_{n}" for n in (
    "getpwnam_r", "getpwuid_r", "setpwent", "getpwent_r", "endpwent",
    "getgrnam_r", "getgrgid_r", "setgrent", "getgrent_r", "endgrent",
    "initgroups_dyn", "getspnam_r", "setspent", "getspent_r", "endspent")}
# The loader itself may be named where the stack protector or thread data wants it; it is libc's.
LIBC = {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
# What may be linked, for each thing that lives in a foreign or a root process.
NEEDED = {
    "pam_guestpass.so": LIBC | {"libpam.so.0"},
    "libnss_guestpass.so.2": {"libc.so.6"},
    "guestpass-publish": LIBC,
}


def exists(context, name):
    return (ROOT / context.build / name).exists()


def built(context, name):
    """Link it if there is a rule for it: a module or program that has no source yet is skipped."""
    target = f"{context.build}/{name}"
    code, text = run([*context.make, f"B={context.build}", target])
    if code == 0 or "No rule to make target" in text and not exists(context, name):
        return []
    return [f"make {target} failed", *text.splitlines()[-5:]]


def exports(context, name, wanted):
    found = built(context, name)
    if found:
        return found
    if not exists(context, name):
        return None
    _, text = run(["nm", "-D", "--defined-only", "--format=posix", ROOT / context.build / name])
    have = {line.split()[0].split("@")[0] for line in text.splitlines()
            if line.strip() and line.split()[1] != "A"}
    return ([f"{name}: does not export {n}" for n in sorted(wanted - have)] +
            [f"{name}: exports {n}" for n in sorted(have - wanted)])


def needed(context, name):
    found = built(context, name)
    if found:
        return found
    if not exists(context, name):
        return None
    _, text = run(["readelf", "-d", ROOT / context.build / name])
    have = set(re.findall(r"\(NEEDED\).*\[(.*?)\]", text))
    return [f"{name}: needs {n}" for n in sorted(have - NEEDED[name])]


def check_hardening(context):
    found = []
    for name in ("guestpassd", "guestpass", *NEEDED):
        found += built(context, name)
    if found:
        return found
    names = [n for n in ("guestpassd", "guestpass", *NEEDED) if exists(context, n)]
    if not names:
        return None
    for name in names:
        path = ROOT / context.build / name
        dynamic = run(["readelf", "-Wd", path])[1]
        segments = run(["readelf", "-Wl", path])[1]
        if "BIND_NOW" not in dynamic and "NOW" not in dynamic:
            found.append(f"{name}: not linked with -z now")
        if "GNU_RELRO" not in segments:
            found.append(f"{name}: no relro")
        if not re.search(r"GNU_STACK.* RW ", segments):
            found.append(f"{name}: executable stack")
        if "RUNPATH" in dynamic or "RPATH" in dynamic:
            found.append(f"{name}: has a run path")
        if name.endswith((".so", ".so.2")) and "NODELETE" not in dynamic:
            found.append(f"{name}: may be unloaded")
    return found


CHECKS = [
    ("pam-exports", lambda c: exports(c, "pam_guestpass.so", PAM_EXPORTS)),
    ("nss-exports", lambda c: exports(c, "libnss_guestpass.so.2", NSS_EXPORTS)),
    *[(f"needed-{n}", lambda c, n=n: needed(c, n)) for n in NEEDED],
    ("hardening", check_hardening),
]
