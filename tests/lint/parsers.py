# SPDX-License-Identifier: Apache-2.0
"""Has every reader of bytes from outside a fuzzing harness? (tests/fuzz/targets.txt says which.)"""

import re
import sys

from common import ROOT, blank_comments

sys.path.insert(0, str(ROOT / "tests/fuzz"))
import ledger  # noqa: E402  (the list's own reader)

# What takes bytes in, or takes them apart.
READS = re.compile(r"(?<![\w.>])(?:gp_json_parse|gp_reader_over|gp_parse_u64|gp_parse_digits|gp_unhex|"
                   r"gp_base64url_decode|gp_utf8_decode|recv|recvmsg|recvfrom|read|pread|fread|fopen|getline|"
                   r"fget\w+|PEM_read\w*|memchr|memrchr|strchr|strsep|strtol\w*|strtoul\w*)\s*\(")


def check_parsers(context):
    listed = ledger.targets(ROOT / "tests/fuzz/targets.txt")
    harnesses = {p.name.removesuffix("_fuzz.c") for p in (ROOT / "tests/fuzz").glob("*_fuzz.c")}
    found = [f"tests/fuzz/targets.txt: {s} does not exist" for s in sorted(listed) if not (ROOT / s).exists()]
    for path in context.sources:
        if path.parts[0] == "tests" or str(path) in listed or path.name == "main.c":
            continue
        match = READS.search(blank_comments((ROOT / path).read_text()))
        if match:
            found.append(f"{path}: calls {match.group(0).rstrip('( ')} and is not in tests/fuzz/targets.txt")
    used = {h for names in listed.values() for h in names}
    found += [f"tests/fuzz/targets.txt: there is no tests/fuzz/{h}_fuzz.c" for h in sorted(used - harnesses)]
    found += [f"tests/fuzz/{h}_fuzz.c: is not in tests/fuzz/targets.txt" for h in sorted(harnesses - used)]
    found += [f"tests/fuzz/corpus/{h}: no seed" for h in sorted(harnesses)
              if not any((ROOT / "tests/fuzz/corpus" / h).glob("[!.]*"))]
    reported = ledger.read(ROOT / "tests/fuzz/REPORT.md")
    found += [f"tests/fuzz/REPORT.md: {h} is no harness" for h in sorted(set(reported) - harnesses)]
    if not reported:
        found.append("tests/fuzz/REPORT.md: the table cannot be read")
    return found


CHECKS = [("parsers", check_parsers)]
