"""Every process of the running system is confined, as the kernel sees it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness import PRESET, STARTER_NAME, System, descendants_of

pytestmark = pytest.mark.skipif(
    PRESET in ("asan", "tsan"), reason="sanitizer builds have another sandbox (sandbox_for_tests)"
)

# Names as the kernel cuts them, after 15 bytes. A spawner names itself; one each in inference and quarantine.
ROOMS = {"audit", "registry", "quarantine", "inference", "gateway"}
WORKERS = {"inference-worke"}
SPAWNERS = {"spawner"}


def status_of(pid: int) -> dict[str, str]:
    lines = (line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: value.strip() for name, value in lines}


def processes(system: System) -> dict[int, dict[str, str]]:
    """Of every process below the supervisor; the model is loaded, so that there is a worker."""
    assert system.process is not None
    body = {"model": STARTER_NAME, "messages": [{"role": "user", "content": "Hello."}], "max_tokens": 1}
    answer = system.http("POST", "/v1/chat/completions", body)
    assert answer.status == 200, answer.body
    return {pid: status_of(pid) for pid in descendants_of(system.process.pid)}


def test_each_room_worker_and_spawner_is_there_and_nobody_else(starter: System) -> None:
    names = {status["Name"] for status in processes(starter).values()}
    assert names == ROOMS | WORKERS | SPAWNERS


def test_every_process_has_a_filter_and_no_privilege(starter: System) -> None:
    found = processes(starter)
    for status in found.values():
        state = {name: status[name] for name in ("NoNewPrivs", "Seccomp", "CapInh", "CapPrm", "CapEff", "CapAmb")}
        none = "0" * 16
        expected = dict.fromkeys(state, none) | {"NoNewPrivs": "1", "Seccomp": "2"}
        assert state == expected, status["Name"]


def test_every_thread_has_the_filter(starter: System) -> None:
    for pid in processes(starter):
        for task in Path(f"/proc/{pid}/task").iterdir():
            fields = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
            assert (fields["Seccomp"], fields["NoNewPrivs"]) == ("2", "1"), (fields["Name"], task)


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces of processes that cannot be dumped are root's to see")
def test_every_process_has_a_network_of_its_own(starter: System) -> None:
    ours = Path("/proc/self/ns/net").readlink()
    for pid, status in processes(starter).items():
        assert Path(f"/proc/{pid}/ns/net").readlink() != ours, status["Name"]


@pytest.mark.skipif(os.geteuid() != 0, reason="workers become nobody only when root starts them")
def test_workers_and_spawners_of_root_are_nobody(starter: System) -> None:
    for status in processes(starter).values():
        if status["Name"] in WORKERS | SPAWNERS:
            assert status["Uid"].split() == ["65534"] * 4, status["Name"]


@pytest.mark.skipif(os.geteuid() != 0, reason="descriptors of processes that cannot be dumped are root's to see")
def test_a_worker_holds_its_socket_and_no_file(starter: System) -> None:
    for pid, status in processes(starter).items():
        if status["Name"] not in WORKERS:
            continue
        held = {int(fd.name): str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
        assert held[0] == held[1] == "/dev/null"
        beyond = {fd: what for fd, what in held.items() if fd > 2}
        assert beyond.keys() == {3} and beyond[3].startswith("socket:"), held
