#!/usr/bin/env python3
"""How fast the confined scanner judges a file, against the digest alone.

    bench/import_scan.py PROGRAM FILE...      PROGRAM: libexec/secure-ai/quarantine-scanner of a release build

Each file is scanned RUNS times (its pages are in memory after the first), and `openssl speed sha256` is run
between the scans, so that both see the same machine. Printed: the median of each, their ratio, and the
largest resident memory of the scanner. Promise (services/quarantine/scanner/README.md): a ratio of at least
0.5, at most 64 MiB.
"""

import array
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

RUNS = 5
MIB = 1 << 20


@dataclass
class Scan:
    """One scan: what the scanner said, and what it used."""

    report: dict[str, object]
    peak_bytes: int
    cpu_seconds: float


def frame(envelope: dict[str, object]) -> bytes:
    text = json.dumps(envelope).encode()
    return struct.pack(">I", len(text)) + text


def read_reply(link: socket.socket) -> dict[str, object]:
    data = b""
    while True:
        while len(data) >= 4 and len(data) >= 4 + struct.unpack(">I", data[:4])[0]:
            length = struct.unpack(">I", data[:4])[0]
            envelope = json.loads(data[4 : 4 + length])
            data = data[4 + length :]
            if envelope["kind"] == "reply":
                body: dict[str, object] = envelope["body"]
                return body
            if envelope["kind"] == "error":
                raise RuntimeError(envelope["message"])
        piece = link.recv(65536)
        if not piece:
            raise RuntimeError("the scanner hung up")
        data += piece


def scan(program: Path, file: Path) -> Scan:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs, file.open("rb") as artifact:
        # A shell puts the socket where the scanner expects it.
        child = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$0" 3<&{theirs.fileno()}', str(program)], env={}, pass_fds=[theirs.fileno()]
        )
        theirs.close()
        ours.sendall(frame({"kind": "hello", "version": 1}))
        body = {"name": file.name, "bytes": file.stat().st_size, "checks": {}}
        call = frame({"kind": "call", "id": 1, "method": "scanner.scan", "fds": 1, "body": body})
        descriptors = array.array("i", [artifact.fileno()])
        ours.sendmsg([call], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        report = read_reply(ours)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
    return Scan(report, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime)


def digest_speed() -> float:
    """Bytes a second of wall time, one thread."""
    arguments = ["openssl", "speed", "-elapsed", "-seconds", "1", "-bytes", str(MIB), "sha256"]
    output = subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=60).stdout
    found = re.search(r"^sha256\s+([\d.]+)k", output, re.MULTILINE)
    if found is None:
        raise RuntimeError("openssl speed printed no number")
    return float(found[1]) * 1000


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    program = Path(sys.argv[1]).resolve()
    print(f"{'file':40} {'verdict':8} {'scan MB/s':>10} {'sha256 MB/s':>12} {'ratio':>6} {'CPU s':>6} {'peak MiB':>9}")
    for file in map(Path, sys.argv[2:]):
        scans: list[Scan] = []
        speeds: list[float] = []
        digests: list[float] = []
        for _ in range(RUNS):
            digests.append(digest_speed())
            scans.append(scan(program, file))
            seconds = scans[-1].report["seconds"]
            assert isinstance(seconds, float)
            speeds.append(file.stat().st_size / seconds)
        speed, digest = statistics.median(speeds), statistics.median(digests)
        peak = max(one.peak_bytes for one in scans)
        cpu = statistics.median(one.cpu_seconds for one in scans)
        verdict = scans[0].report["verdict"]
        print(
            f"{file.name:40} {verdict!s:8} {speed / 1e6:10.0f} {digest / 1e6:12.0f} {speed / digest:6.2f} "
            f"{cpu:6.2f} {peak / MIB:9.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
