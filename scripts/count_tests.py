"""Adds up the JUnit reports in a folder and prints one line: "N passed, N failed, N skipped".

Exits with 1 when a test failed, when a report cannot be read, or when no test ran at all.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def count(report: Path) -> tuple[int, int, int]:
    """Returns how many test cases of `report` passed, failed and were skipped."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).iter("testcase"):
        # ctest writes a test that could not run as status "notrun" or "fail" with or without a child.
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
            name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
            print(f"failed: {report.stem}: {name}", file=sys.stderr)
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main() -> int:
    reports = sorted(Path(sys.argv[1]).glob("*.xml"))
    passed = failed = skipped = 0
    for report in reports:
        try:
            counted = count(report)
        except ElementTree.ParseError as error:
            print(f"failed: {report.stem}: unreadable report: {error}", file=sys.stderr)
            counted = (0, 1, 0)
        passed, failed, skipped = passed + counted[0], failed + counted[1], skipped + counted[2]
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
