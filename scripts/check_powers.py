#!/usr/bin/env python3
"""Holds docs/threat-model.md's table of powers equal to what each room's sandbox.cc includes, and every
sandbox.cc in the containment suite.

    scripts/check_powers.py              one line a difference, exit 1 if any
    scripts/check_powers.py --self-test
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POWER = re.compile(r'^\s*#\s*include\s*"sandbox/powers/(\w+)\.h"', re.MULTILINE)
NAME = re.compile(r'Profile::(?:Room|Worker)\("([\w-]+)"\)')


def table_rows(markdown: str) -> dict[str, set[str]]:
    """Rows of the table whose first header is "Room" and whose second is "Powers"."""
    rows: dict[str, set[str]] = {}
    inside = False
    for line in markdown.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| Room | Powers"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not set(cells[0]) <= {"-", " ", ":"}:
            rows[cells[0].strip("`")] = set(re.findall(r"\w+", cells[1]))
    return rows


def differences(rows: dict[str, set[str]], sandboxes: dict[str, set[str]]) -> list[str]:
    found = []
    for room in sorted(rows.keys() | sandboxes.keys()):
        if room not in rows:
            found.append(f"{room}: has no row in docs/threat-model.md")
        elif room not in sandboxes:
            found.append(f"{room}: has a row, but no sandbox.cc")
        elif rows[room] != sandboxes[room]:
            more = ", ".join(sorted(sandboxes[room] - rows[room])) or "nothing"
            less = ", ".join(sorted(rows[room] - sandboxes[room])) or "nothing"
            found.append(f"{room}: sandbox.cc has {more} that the table has not; the table has {less} more")
    return found


def judge() -> int:
    sandboxes: dict[str, set[str]] = {}
    for file in sorted((ROOT / "services").rglob("sandbox.cc")):
        text = file.read_text(encoding="utf-8")
        names = NAME.findall(text)
        if len(names) != 1:
            print(f"{file.relative_to(ROOT)}: expected one Profile::Room or Worker, found {len(names)}")
            return 1
        sandboxes[names[0]] = set(POWER.findall(text))
    rows = table_rows((ROOT / "docs/threat-model.md").read_text(encoding="utf-8"))
    found = differences(rows, sandboxes)
    suite = (ROOT / "tests/containment/rooms.cc").read_text(encoding="utf-8")
    found += [
        f"{room}: has no line in tests/containment/rooms.cc" for room in sorted(sandboxes) if f'"{room}"' not in suite
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


def self_test() -> int:
    rows = table_rows("| Room | Powers |\n|---|---|\n| `a` | base_io, threads |\n| b | base_io |\n\n| c | x |\n")
    assert rows == {"a": {"base_io", "threads"}, "b": {"base_io"}}, rows
    assert not differences(rows, rows)
    assert len(differences(rows, {"a": {"base_io"}, "d": set()})) == 3
    assert NAME.findall('auto p = sandbox::Profile::Worker("inference-worker");') == ["inference-worker"]
    assert POWER.findall('#include "sandbox/powers/base_io.h"\n// "sandbox/powers/x.h"') == ["base_io"]
    return 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else judge())
