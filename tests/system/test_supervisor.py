"""Starting and stopping as people do it, and what every room is started with."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import BUILD, PATIENCE_SECONDS, PRESET, REPO, System, children_of

ROOMS = ["audit", "registry", "quarantine", "inference", "gateway"]
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="rooms are not dumpable: only root reads their /proc")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_stops_every_room_by_itself_and_not_by_a_crash(system: System) -> None:
    assert system.process is not None
    rooms = children_of(system.process.pid)
    assert len(rooms) >= len(ROOMS)
    system.process.send_signal(signal.SIGINT)
    assert system.process.wait(PATIENCE_SECONDS) == 0
    assert [pid for pid in rooms if is_alive(pid)] == []
    events = system.audit_events()
    assert events[0]["event"] == "supervisor.started"
    assert events[-1]["event"] == "supervisor.stopped"
    ends = {event["fields"]["how"] for event in events if event["event"] == "supervisor.room_exited"}
    assert ends == {"exit code 0"}


def test_detached_it_goes_on_until_it_is_stopped() -> None:
    system = System()
    try:
        up = system.cli("up", "--detach", "--port", str(system.port))
        assert up.returncode == 0, up.stderr
        assert f"http://127.0.0.1:{system.port}\n" in up.stdout
        assert system.http("GET", "/healthz").json() == {"status": "ok"}
        stopped = system.cli("up", "--stop")
        assert (stopped.returncode, stopped.stderr) == (0, "")
        assert re.fullmatch(r"Stopped process \d+\.\n", stopped.stdout)
        again = system.cli("up", "--stop")
        assert (again.returncode, again.stdout) == (0, f"Nothing is running in {system.root}.\n")
        with pytest.raises(ConnectionRefusedError):
            system.http("GET", "/healthz")
    finally:
        system.cli("up", "--stop")
        system.remove()


def test_port_zero_takes_a_free_port_and_names_it() -> None:
    system = System()
    try:
        up = system.cli("up", "--detach", "--port", "0")
        assert up.returncode == 0, up.stderr
        match = re.search(r"http://127\.0\.0\.1:(\d+)\n", up.stdout)
        assert match is not None, up.stdout
        system.port = int(match[1])
        assert system.http("GET", "/healthz").status == 200
    finally:
        system.cli("up", "--stop")
        system.remove()


def test_two_roots_run_side_by_side(make_system: Callable[..., System]) -> None:
    first, second = make_system(), make_system()
    assert first.port != second.port
    assert (first.http("GET", "/readyz").status, second.http("GET", "/readyz").status) == (200, 200)


def test_a_port_in_use_on_the_other_address_stops_the_start_too() -> None:
    with socket.socket(socket.AF_INET6) as stranger:
        stranger.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            stranger.bind(("::1", 0))
        except OSError:
            pytest.skip("this host has no IPv6")
        stranger.listen()
        port = stranger.getsockname()[1]
        system = System(port=port)
        try:
            up = system.cli("up", "--port", str(port))
        finally:
            system.remove()
    assert up.returncode == 1
    assert f"port {port} is in use on ::1 by another program" in up.stderr
    assert "--port N" in up.stderr


def test_a_bad_policy_stops_the_start_and_names_the_line() -> None:
    system = System(policy="airlock:\n  enabeld: true\n")
    try:
        with pytest.raises(AssertionError, match="the supervisor ended with 1"):
            system.start()
        said = (system.root / "up.out").read_text()
        assert "policy.yaml:2:" in said
        assert "enabeld" in said
    finally:
        system.remove()


def test_the_shipped_policy_is_installed_once(make_system: Callable[..., System]) -> None:
    system = make_system()
    policy = system.root / "etc/secure-ai/policy/policy.yaml"
    assert policy.read_bytes() == (BUILD / "share/secai/policy.yaml").read_bytes()
    system.stop()
    policy.write_text(policy.read_text() + "# mine\n")
    system.start()
    assert policy.read_text().endswith("# mine\n")


def test_a_root_that_others_may_write_to_is_refused() -> None:
    system = System()
    try:
        system.root.chmod(0o777)
        up = system.cli("up", "--port", str(system.port))
        assert up.returncode == 1
        assert "is writable by others" in up.stderr
    finally:
        system.remove()


def test_everything_below_the_root_is_the_owners_alone(system: System) -> None:
    made_by_us = [path for path in system.root.rglob("*") if path.name != "up.out"]
    assert [str(path) for path in made_by_us if stat.S_IMODE(path.lstat().st_mode) & 0o077] == []


@NEEDS_ROOT
def test_rooms_get_a_clean_environment_and_the_kernel_confines_them(system: System) -> None:
    for room in ROOMS:
        proc = Path(f"/proc/{system.pids()[room]}")
        names = {pair.split(b"=")[0] for pair in (proc / "environ").read_bytes().split(b"\0") if pair}
        assert names == {b"LISTEN_FDS", b"LISTEN_FDNAMES", b"LISTEN_PID"}, room
        status = (proc / "status").read_text()
        if PRESET != "asan":  # Linked with sandbox_for_tests there.
            assert "NoNewPrivs:\t1" in status, room
            assert "Seccomp:\t2" in status, room


@NEEDS_ROOT
def test_another_user_is_not_the_owner(system: System) -> None:
    script = (
        "import http.client, sys\n"
        f"c = http.client.HTTPConnection('127.0.0.1', {system.port}, timeout=30)\n"
        "c.request('GET', sys.argv[1])\n"
        "print(c.getresponse().status)\n"
    )

    def status_for_stranger(target: str) -> str:
        return subprocess.run(
            ["/usr/bin/python3", "-c", script, target],
            user=65534,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        ).stdout.strip()

    assert status_for_stranger("/healthz") == "200"
    assert status_for_stranger("/api/models") == "403"
    assert status_for_stranger("/v1/models") == "401"


def test_the_program_at_the_top_of_the_repository_is_the_built_one() -> None:
    top = [str(REPO / "secai"), "version"]
    said = subprocess.run(top, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS).stdout
    assert re.fullmatch(r"secai \d+\.\d+\.\d+\n", said)
