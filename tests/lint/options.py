#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Is every option in the code also in the sample and in the manual page, and the other way round?

Three sets: guestpass.conf (provider/config/schema.c), the PAM module's (pam_module/options.c), and
ids.conf (provider/contract/ids_conf*.c). Prints each difference; the last line counts.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What the Makefile puts for them.
MACROS = {"GP_RUNDIR": "/run/guestpass", "GP_STATEDIR": "/var/lib/guestpass",
          "GP_CONFDIR": "/etc/guestpass"}


def read(name):
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def table_of(text, head):
    """The initialiser that begins with HEAD."""
    start = text.index(head)
    return text[start:text.index("\n};", start)]


def c_text(expression):
    """A C string made of literals and the path macros."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|(\w+)', expression)
    return "".join(literal if not macro else MACROS[macro] for literal, macro in parts)


def schema():
    """{(section, key): default or None, with range} of the table in schema.c."""
    rows = {}
    text = read("provider/config/schema.c")
    table = table_of(text, "gp_schema[] = {")
    starts = [m.start() for m in re.finditer(r'\{"\w+", "\w+", GP_KEY_', table)]
    for start, end in zip(starts, [*starts[1:], len(table)]):
        row = table[start:end]
        section, key = re.match(r'\{"(\w+)", "(\w+)"', row).groups()
        default = re.search(r"\.def = ((?:\"[^\"]*\"|\w+)(?:\s+\"[^\"]*\")*)", row)
        span = re.search(r"\.min = (\d+),\s*\.max = (\d+)", row)
        rows[section, key] = (c_text(default.group(1)) if default else None,
                              span.groups() if span else None)
    key = re.search(r'key_name\[\] = "(\w+)"', read("provider/config/mapped.c"))
    rows["group", key.group(1)] = (None, None)
    for name in re.findall(r'"(\w+)"', re.search(r"key_names\[\] = \{(.*?)\}", read("provider/config/errors.c")).group(1)):
        rows["error", name] = (None, None)
    return rows


def sample(name, sectioned):
    """{(section, key): value or None} of a sample file; "# e.g." examples have no default."""
    rows, section = {}, ""
    for line in read(name).splitlines():
        head = re.match(r"(?:#\s*e\.g\.\s+|#?\s*)\[(\w+)(?: [^]]+)?\]$", line)
        entry = re.match(r"(#\s*e\.g\.\s+|#?)([a-z][a-z0-9_]*) =(.*)$", line)
        if head and sectioned:
            section = head.group(1)
        elif entry:
            example = "e.g." in entry.group(1)
            rows[section, entry.group(2)] = None if example else entry.group(3).strip()
    return rows


def page(name):
    """{(sub-section, key): text} of the items of a manual page."""
    items, section, keys = {}, "", []
    for line in read(name).splitlines():
        head = re.match(r"\.S[sh] \[?(\w+)(?: NAME| NUMBER)?\]?", line)
        if head:
            section, keys = head.group(1), []
        elif line.startswith(".It Cm "):
            keys = re.findall(r"\bCm ([a-z0-9_]+)", line)
            items.update({(section, key): "" for key in keys})
        elif line.startswith((".It", ".El")) and not line.startswith(".It Cm"):
            keys = []
        for key in keys:
            items[section, key] += line + "\n"
    return items


def compare(what, wanted, have, where):
    found = [f"{where}: {what} {show(k)} is missing" for k in wanted if k not in have]
    return found + [f"{where}: {what} {show(k)} is not in the code" for k in have if k not in wanted]


def show(key):
    return f"'{key[1]}'" + (f" in [{key[0]}]" if key[0] else "")


def check_guestpass_conf():
    keys, conf = schema(), sample("conf/guestpass.conf", True)
    items = {k: v for k, v in page("provider/config/guestpass.conf.5").items()
             if k[0] in {section for section, _ in keys}}
    found = [] if len(keys) > 30 else ["provider/config/schema.c: the table was not found"]
    found += compare("key", keys, conf, "conf/guestpass.conf")
    found += compare("key", keys, items, "guestpass.conf(5)")
    for key, (default, span) in keys.items():
        if key in conf and conf[key] is not None and conf[key] != (default or ""):
            found.append(f"conf/guestpass.conf: {show(key)} shows '{conf[key]}', "
                         f"the default is '{default or ''}'")
        if key in conf and conf[key] is None and default is not None:
            found.append(f"conf/guestpass.conf: {show(key)} is an example, but has a default")
        said = re.search(r"Default:\s*(?:\.(?:Cm|Pa)\s+)?([^\n]+?)\s*\.?[ \t]*(?:\n|$)", items.get(key, ""))
        if default is not None and (said is None or said.group(1) != default):
            found.append(f"guestpass.conf(5): {show(key)} does not say its default '{default}'")
        if span and f"{span[0]} to {span[1]}" not in items.get(key, ""):
            found.append(f"guestpass.conf(5): {show(key)} does not say {span[0]} to {span[1]}")
    return found


def check_pam():
    text = read("pam_module/options.c")
    table = table_of(text, "table[] = {")
    options = {("", name.rstrip("=")): None for name in re.findall(r'\{"([a-z_]+=?)"', table)}
    items = {("", key): text for (section, key), text in page("pam_module/pam_guestpass.8").items()
             if section == "OPTIONS"}
    return (compare("option", options, items, "pam_guestpass(8)") if options
            else ["pam_module/options.c: the table was not found"])


def check_ids_conf():
    names = {}
    for path in sorted((ROOT / "provider/contract").glob("ids_conf*.c")):
        match = re.search(r"key_names\[KEYS\] = \{(.*?)\n\};", path.read_text(), flags=re.S)
        if match:
            names = {("", key): None for key in re.findall(r'= "([a-z_]+)"', match.group(1))}
    if not names:
        return ["provider/contract/ids_conf.c: the table was not found"]
    if read("conf/ids.conf") is None:
        return ["conf/ids.conf: the sample is missing"]
    found = compare("key", names, sample("conf/ids.conf", False), "conf/ids.conf")
    for where in ("provider/contract/ids.conf.5", "provider/publish/ids.conf.5"):
        if read(where) is not None:
            items = {("", key): text for (_, key), text in page(where).items()}
            found += compare("key", names, items, where)
    return found


def main():
    passed = failed = 0
    for name, check in (("guestpass.conf", check_guestpass_conf), ("pam_guestpass", check_pam),
                        ("ids.conf", check_ids_conf)):
        findings = check()
        for line in findings:
            print(line)
        print(f"{'not ok' if findings else 'ok'} - options of {name}")
        passed, failed = passed + (not findings), failed + bool(findings)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
