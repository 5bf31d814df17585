#!/usr/bin/env python3
"""Holds the layer rules: who may include whom, and which words stay in which folder.

scripts/check_layers.py              judge the tree; one line a breach, exit 1 if any
scripts/check_layers.py --self-test  judge made-up files on both sides of each rule
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# What may stand only below the listed folders or in the listed files: pattern of a line, what it is, where.
ONLY_IN: list[tuple[str, str, tuple[str, ...]]] = [
    (r"#include <boost/beast", "Boost.Beast", ("libs/http/",)),
    (r"#include <openssl/|#include <sodium", "cryptography", ("libs/crypto/", "libs/http/")),
    (r"#include <libfyaml", "libfyaml", ("libs/base/strict_yaml.cc",)),
    (r"#include <(llama|ggml|gguf|common|chat|sampling)[\w-]*\.h>", "the engine", ("services/inference/worker/",)),
    (r"#include <sys/socket\.h>", "sockets", ("libs/net/", "libs/http/", "libs/sandbox/", "services/supervisor/")),
    (r"#include <linux/(landlock|seccomp|filter)\.h>", "confinement", ("libs/sandbox/",)),
    (r"\bsystem_clock::now\b", "the wall clock", ("libs/base/clock.cc",)),
    (r"\bco_spawn\(", "starting a coroutine", ("libs/net/", "libs/http/", "libs/service/", "services/supervisor/")),
    (r"(?<!\w)(::|std::)?(secure_)?getenv\(", "the environment", ("libs/service/environment.cc", "tools/secai/")),
    (r"(?<![\w.>])(::|std::)?(system|popen)\(", "a shell", ()),
    (r'#include "sandbox/powers/', "a power", ("libs/sandbox/",)),
]


def room_of(path: str) -> str:
    parts = path.split("/")
    return parts[1] if parts[0] == "services" else ""


def breaches_of_include(path: str, included: str, rooms: set[str]) -> Iterator[str]:
    target = included.split("/")[0]
    if target not in rooms:
        return
    if path.startswith("libs/"):
        yield f"a library includes the room {target}"
    elif target != room_of(path) and not included.startswith(f"{target}/api/"):
        yield f"only api/ of the room {target} may be included here"


def breaches(path: str, text: str, rooms: set[str]) -> Iterator[tuple[int, str]]:
    """Each breach in one file as (line number, what). `path` is relative to the repository."""
    if path.startswith("tests/"):
        return
    is_test = re.search(r"(_test|_fuzz|_bench)\.cc$|/testing/", path) is not None
    for number, line in enumerate(text.splitlines(), start=1):
        code = re.sub(r"//.*", "", line)
        include = INCLUDE.match(code)
        if include and include[1] == '"':
            for what in breaches_of_include(path, include[2], rooms):
                yield number, what
        if is_test:
            continue
        for pattern, what, places in ONLY_IN:
            if not re.search(pattern, code) or path.startswith(places):
                continue
            if what == "a power" and path.startswith("services/") and path.endswith("/sandbox.cc"):
                continue
            yield number, f"{what} belongs to {', '.join(places) or 'nobody'}"


def judge_tree() -> int:
    rooms = {folder.name for folder in (ROOT / "services").iterdir() if folder.is_dir()}
    count = 0
    for folder in ("libs", "services", "tools"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix not in (".h", ".cc"):
                continue
            path = file.relative_to(ROOT).as_posix()
            for number, what in breaches(path, file.read_text(encoding="utf-8"), rooms):
                print(f"{path}:{number}: {what}")
                count += 1
    return 1 if count else 0


# (path, one line, number of breaches)
SELF_TEST: list[tuple[str, str, int]] = [
    ("libs/net/link.cc", '#include "audit/api/events.h"', 1),
    ("libs/net/link.cc", '#include "base/result.h"', 0),
    ("services/gateway/a.cc", '#include "audit/api/events.h"', 0),
    ("services/gateway/a.cc", '#include "audit/log_writer.h"', 1),
    ("services/audit/a_test.cc", '#include "gateway/config.h"', 1),
    ("services/audit/a.cc", '#include "audit/log_writer.h"', 0),
    ("tools/secai/a.cc", '#include "audit/log_writer.h"', 1),
    ("services/gateway/a.cc", "#include <boost/beast/http.hpp>", 1),
    ("libs/http/a.cc", "#include <boost/beast/http.hpp>", 0),
    ("services/vault/a.cc", "#include <openssl/evp.h>", 1),
    ("services/gateway/a.cc", "#include <sys/socket.h>", 1),
    ("services/gateway/a.cc", "#include <llama.h>", 1),
    ("services/gateway/a.cc", "auto now = std::chrono::system_clock::now();", 1),
    ("services/gateway/a.cc", "// system_clock::now() is not called here", 0),
    ("services/gateway/a.cc", 'std::system("ls");', 1),
    ("services/gateway/a.cc", "filesystem(x); file_system(y); operating.system(z);", 0),
    ("services/gateway/a.cc", 'getenv("HOME");', 1),
    ("services/gateway/sandbox.cc", '#include "sandbox/powers/threads.h"', 0),
    ("services/gateway/main.cc", '#include "sandbox/powers/threads.h"', 1),
    ("services/gateway/a_test.cc", "#include <sys/socket.h>", 0),
    ("tests/system/a.cc", '#include "audit/log_writer.h"', 0),
]


def self_test() -> int:
    wrong = 0
    for path, line, expected in SELF_TEST:
        found = list(breaches(path, line, {"audit", "gateway", "vault"}))
        if len(found) != expected:
            print(f"{path}: {line!r}: expected {expected}, found {found}")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1:] == ["--self-test"] else judge_tree())
