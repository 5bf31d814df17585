"""Processes that die at bad moments, and a second start on one root: nothing acknowledged is lost."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import SECAI, STARTER_MODEL, STARTER_NAME, System, descendants_of

ROOMS = ["audit", "registry", "quarantine", "inference", "gateway"]


def kill_room(system: System, room: str) -> int:
    pid = system.pids()[room]
    os.kill(pid, signal.SIGKILL)
    system.wait_for(lambda: system.pids().get(room, pid) != pid, f"{room} to come back")
    return pid


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_that_is_killed_comes_back_and_its_links_with_it(system: System, room: str) -> None:
    kill_room(system, room)
    system.wait_for(system.is_ready, "the system to be ready again")
    claim = system.quarantine("model.gguf", b"not a model")
    assert claim["state"] == "rejected"


def test_when_the_supervisor_is_killed_every_process_goes(system: System) -> None:
    assert system.process is not None
    family = descendants_of(system.process.pid)
    assert len(family) >= len(ROOMS)
    system.process.kill()
    system.process.wait()
    system.wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "every process to be gone")


def test_a_second_start_on_one_root_is_refused_and_names_the_first(system: System) -> None:
    assert system.process is not None
    second = system.cli("up", "--port", str(system.port + 100))
    assert second.returncode != 0
    assert str(system.process.pid) in second.stderr + second.stdout
    assert system.is_ready()


def test_a_port_that_is_in_use_stops_the_start_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        system = System(port=port)
        try:
            refused = system.cli("up", "--port", str(port))
            assert refused.returncode != 0
            assert str(port) in refused.stderr + refused.stdout
        finally:
            system.remove()


@pytest.mark.parametrize("room", ["audit", "registry", "quarantine", "inference", "quarantine-scanner"])
def test_an_import_survives_the_death_of_any_room(make_system: Callable[..., System], room: str) -> None:
    system = make_system()
    claim_id = system.upload(STARTER_MODEL.name, STARTER_MODEL.read_bytes())
    system.wait_for(lambda: system.claim(claim_id)["stage"] >= 2, "the scan to begin")
    victims = [pid for pid in descendants_of(system.process.pid if system.process else 0) if program(pid) == room]
    assert victims or room == "quarantine-scanner", f"{room} does not run"
    for pid in victims[:1]:
        os.kill(pid, signal.SIGKILL)
    system.wait_for(system.is_ready, "the system to be ready again")
    claim = system.verdict(claim_id)
    if room == "quarantine-scanner":
        # A scanner that dies over a file refuses it; the owner may submit it again.
        assert claim["state"] in ("promoted", "rejected")
    else:
        assert claim["state"] == "promoted", claim
    models = system.http("GET", "/api/models").json()["models"]
    assert len(models) == (1 if claim["state"] == "promoted" else 0)


def program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return ""


def test_an_upload_that_is_cut_off_leaves_nothing(system: System) -> None:
    with socket.create_connection(("127.0.0.1", system.port)) as connection:
        lines = [
            "POST /api/models/import?name=m.gguf HTTP/1.1",
            f"Host: localhost:{system.port}",
            "Content-Length: 1000000",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + b"GGUF" * 1000)
    folder = system.root / "var/lib/secure-ai/quarantine"
    system.wait_for(lambda: not list(folder.glob("*/artifact")), "the rest of the upload to be gone")


def test_admitted_models_are_there_after_a_kill_of_everything(make_system: Callable[..., System]) -> None:
    system = make_system()
    system.admit_starter()
    assert system.process is not None
    for pid in [*descendants_of(system.process.pid), system.process.pid]:
        os.kill(pid, signal.SIGKILL)
    system.process.wait()
    system.start()
    models = system.http("GET", "/api/models").json()["models"]
    assert [model["name"] for model in models] == [STARTER_NAME]
    events = system.audit_events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_a_worker_that_is_killed_fails_its_requests_and_the_next_one_works(make_system: Callable[..., System]) -> None:
    system = make_system()
    system.admit_starter()
    body = {"model": STARTER_NAME, "messages": [{"role": "user", "content": "Hi"}], "temperature": 0, "max_tokens": 8}
    assert system.http("POST", "/v1/chat/completions", body).status == 200
    assert system.process is not None
    workers = [pid for pid in descendants_of(system.process.pid) if program(pid) == "inference-worker"]
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    system.wait_for(lambda: system.http("POST", "/v1/chat/completions", body).status == 200, "the next answer")
    assert any(event["event"] == "inference.worker_crashed" for event in system.audit_events())


def test_a_torn_end_of_the_audit_log_is_repaired_and_said(system: System) -> None:
    system.quarantine("model.gguf", b"not a model")
    system.stop()
    log = system.root / "var/log/secure-ai/audit.log"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"seq":99999,"ti')
    system.start()
    assert log.read_bytes().startswith(whole)
    assert any(event["event"] == "audit.repaired" for event in system.audit_events())


def test_the_command_line_says_when_nothing_runs(tmp_path: Path) -> None:
    del tmp_path
    system = System()
    try:
        answer = system.cli("status")
        assert answer.returncode != 0
        assert "secai up" in answer.stderr + answer.stdout
        assert SECAI.exists()
    finally:
        system.remove()
