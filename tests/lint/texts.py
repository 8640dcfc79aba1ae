# SPDX-License-Identifier: Apache-2.0
"""Checks that read the files themselves: no compiler, no build."""

import re
import shutil
import sys

from common import ROOT, blank_comments, run

LINES_MAX = 500
# Names that no file of ours may use, with the reason. contract/ban.h poisons some of them, but a
# header is read before it.
BANNED = {
    r"strcpy|strcat|sprintf|vsprintf|strncpy|strncat|gets|strtok|atoi|atol|atoll|sscanf|alloca":
        "unbounded or silently cutting",
    r"system|popen|tmpnam|mktemp|tempnam": "starts a shell or guesses a name",
    r"ldap_sync_init|ldap_sync_poll|ldap_sync_init_refresh_only|ldap_sync_init_refresh_and_persist":
        "loses entries silently",
    r"rand|srand|random|srandom|drand48": "not random enough for anything here",
    r"bzero": "use explicit_bzero or OPENSSL_cleanse",
}
# The provider must never ask NSS: its own module would wait for it.
SELF_LOOKUP = (r"getpwnam(_r)?|getpwuid(_r)?|getpwent(_r)?|getgrnam(_r)?|getgrgid(_r)?|getgrent(_r)?"
               r"|getspnam(_r)?|getspent(_r)?|getgrouplist|initgroups|setpwent|setgrent")
MODULE_BANNED = r"exit|_exit|abort|assert|fork|vfork|getenv|secure_getenv|setenv|putenv|signal|sigaction"
WEASEL = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def read(path):
    return (ROOT / path).read_text(errors="replace")


def lines_matching(path, text, pattern):
    for number, line in enumerate(text.splitlines(), 1):
        for match in re.finditer(pattern, line):
            yield number, match.group(0)


def called(names):
    return rf"(?<![\w.>])(?:{names})\s*\("


def check_length(context):
    long = []
    for path in [*context.suffixed(".c", ".h", ".py", ".sh"), *scripts(context)]:
        count = len(read(path).splitlines())
        if count > LINES_MAX:
            long.append(f"{path}: {count} lines, at most {LINES_MAX}")
    return sorted(set(long))


def check_banned(context):
    found = []
    for path in [*context.sources, *context.headers]:
        if path.name == "ban.h":
            continue
        text = blank_comments(read(path))
        for names, why in BANNED.items():
            for number, name in lines_matching(path, text, called(names)):
                found.append(f"{path}:{number}: {name.rstrip('( ')}: {why}")
        if path.parts[0] == "provider":
            for number, name in lines_matching(path, text, called(SELF_LOOKUP)):
                found.append(f"{path}:{number}: {name.rstrip('( ')}: the provider never asks NSS")
        if path.parts[0] in ("pam_module", "nss_module"):
            for number, name in lines_matching(path, text, called(MODULE_BANNED)):
                found.append(f"{path}:{number}: {name.rstrip('( ')}: not in another's process")
    return found


def check_ban_last(context):
    found = []
    for path in context.sources:
        includes = re.findall(r'^#\s*include\s+[<"]([^>"]+)[>"]', read(path), flags=re.M)
        if not includes or includes[-1] != "contract/ban.h":
            found.append(f'{path}: the last include is not "contract/ban.h"')
    return found


def check_spdx(context):
    return [f"{p}: no SPDX line at the top"
            for p in [*context.sources, *context.headers, *context.suffixed(".py")]
            if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(read(p).splitlines()[:2])
            and read(p).strip()]


def check_weasel(context):
    kinds = [*context.sources, *context.headers, *context.suffixed(".py", ".conf", ".md")]
    return [f"{p}:{n}: {word}" for p in kinds if p.name != "texts.py"
            for n, word in lines_matching(p, read(p), WEASEL)]


def check_bidi(context):
    """Text that reads otherwise than it runs. (clang-tidy's check of that name looks at what a
    string means, so it forbids tests of the very thing.)"""
    return [f"{p}:{n}: a bidirectional control character; write it as an escape"
            for p in context.files if p.suffix not in (".bin", ".der", ".png") and "corpus" not in p.parts
            for n, _ in lines_matching(p, read(p), "[\u202a-\u202e\u2066-\u2069\u200e\u200f]")]


def rooms():
    allowed, pure = {}, set()
    for line in (ROOT / "tests/lint/rooms.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, _, rest = line.partition(":")
        if name == "pure":
            pure.update(rest.split())
        else:
            allowed[name] = set(rest.split())
    return allowed, pure


def room_of(path):
    parts = path.parts
    if parts[0] == "provider":
        return parts[1] if len(parts) > 2 else None
    return parts[0] if parts[0] in ("pam_module", "nss_module") else None


def included_room(name):
    first = name.split("/")[0]
    if first == "provider" and name.count("/") > 1:
        return name.split("/")[1]
    return first


PURE_BANNED = (r"open|openat|fopen|read|write|socket|connect|time|clock_gettime|gettimeofday|poll|"
               r"curl_\w+|sqlite3_\w+|sd_event_\w+|getenv")


def check_direction(context):
    allowed, pure = rooms()
    found = []
    for path in [*context.sources, *context.headers]:
        room = room_of(path)
        if room is None:
            continue
        if room not in allowed:
            found.append(f"{path}: room {room} is not in tests/lint/rooms.txt")
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            match = re.match(r'#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            name = match.group(1)
            target = included_room(name) if "/" in name else room
            if target != room and target not in allowed[room]:
                found.append(f"{path}:{number}: {room} may not include {name}")
        if room in pure:
            for number, name in lines_matching(path, blank_comments(read(path)), called(PURE_BANNED)):
                found.append(f"{path}:{number}: {name.rstrip('( ')}: {room} is pure")
    return found


def check_rooms_acyclic(_context):
    """The table itself must have a direction."""
    allowed, _ = rooms()
    found = [f"tests/lint/rooms.txt: {room} includes unknown room {name}"
             for room, names in allowed.items() for name in names if name not in allowed]
    done = set()
    while True:
        ready = {r for r, names in allowed.items() if r not in done and names <= done}
        if not ready:
            break
        done |= ready
    if set(allowed) - done and not found:
        found.append("tests/lint/rooms.txt: a circle among " + " ".join(sorted(set(allowed) - done)))
    return found


def check_man(context):
    pages = [p for p in context.files if p.suffix in (".1", ".5", ".8")]
    if not pages:
        return None
    found = []
    for page in pages:
        _, text = run(["mandoc", "-T", "lint", "-W", "warning", page])
        # mandoc looks a cross reference up in the pages installed here, ours among them or not.
        found += [line for line in text.splitlines()
                  if line and "referenced manual not found" not in line]
    return found


def scripts(context):
    """Shell scripts by their first line."""
    found = []
    for path in context.files:
        with open(ROOT / path, "rb") as f:
            first = f.readline(64)
        if re.match(rb"#!\s*/(usr/)?bin/(env )?(ba)?sh\b", first):
            found.append(path)
    return found


def check_shell(context):
    code, text = run(["shellcheck", "-x", "-f", "gcc", *scripts(context)])
    return text.splitlines() if code else []


def check_python(context):
    found = []
    files = [*context.suffixed(".py")]
    for path in context.files:
        if path.suffix:
            continue
        with open(ROOT / path, "rb") as f:
            if re.match(rb"#!\s*/usr/bin/(env )?python3", f.readline(64)):
                files.append(path)
    for path in files:
        try:
            compile(read(path), str(path), "exec")
        except (SyntaxError, ValueError) as e:
            found.append(f"{path}: {e}")
    return found


def check_help(_context):
    text = read("Makefile")
    described = set(re.findall(r"^([a-z-]+):.*## ", text, flags=re.M))
    _, shown = run(["make", "-s", "help"])
    listed = {line.split()[0] for line in shown.splitlines() if line.startswith("  ")}
    wanted = {"all", "check", "demo", "bench", "fuzz", "lint", "format", "install", "uninstall",
              "clean", "help", "deps"}
    return ([f"Makefile: target {t} is not described" for t in sorted(wanted - described)] +
            [f"make help does not list {t}" for t in sorted((wanted | described) - listed)])


def check_options(_context):
    tool = ROOT / "tests/lint/options.py"
    if not tool.exists():
        return None
    code, text = run([sys.executable, "-B", tool])
    return (text.splitlines() or [f"exit code {code}"]) if code else []


def check_format(context):
    if shutil.which("clang-format") is None:
        return ["clang-format is missing"]
    version = run(["clang-format", "--version"])[1]
    if "version 14." not in version:
        return "clang-format 14 decides; here is " + version.strip()
    code, text = run(["clang-format", "--dry-run", "-Werror", *context.sources, *context.headers])
    files = sorted({line.split(":")[0] for line in text.splitlines() if "error:" in line})
    return [f"{f}: not as clang-format writes it (make format)" for f in files] or (
        text.splitlines()[-3:] if code else [])


CHECKS = [
    ("length", check_length),
    ("banned", check_banned),
    ("ban-last", check_ban_last),
    ("spdx", check_spdx),
    ("weasel", check_weasel),
    ("bidi", check_bidi),
    ("rooms", check_rooms_acyclic),
    ("direction", check_direction),
    ("man", check_man),
    ("shell", check_shell),
    ("python", check_python),
    ("help", check_help),
    ("options", check_options),
    ("format", check_format),
]
