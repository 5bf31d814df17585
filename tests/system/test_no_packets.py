"""The whole system, from import to chat, sends no packet but over the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness import PATIENCE_SECONDS


def test_import_and_chat_send_no_packet_off_the_loopback() -> None:
    # An ordinary user makes the network namespace inside a user namespace, and stays who he is.
    as_user = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    isolate = ["unshare", "--net", *as_user, "--"]
    if subprocess.run([*isolate, "true"], capture_output=True, check=False, timeout=30).returncode != 0:
        pytest.skip("this user may not make a network namespace")
    done = subprocess.run(
        [*isolate, sys.executable, str(Path(__file__).parent / "lonely_network.py")],
        capture_output=True,
        text=True,
        check=False,
        timeout=8 * PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    start, before, after = report["start"], report["before"], report["after"]
    # The counters see a packet when there is one ...
    assert before["sent_off_lo"] == start["sent_off_lo"] + 1, report
    if "no_route6" in start:
        assert before["no_route6"] == start["no_route6"] + 1, report
    # ... and from the start of the system to its end there is none, nor an attempt at one.
    assert after == before, report
    # Rooms have networks of their own where the kernel lets them, and those are as silent.
    assert all(value == 0 for room in report["rooms"].values() for value in room.values()), report
    assert report["answer"] == "The capital of France is Paris."
