"""Starts the real system of one build on a fresh root, and stops it again.

Nothing here is a fake: the supervisor, the rooms, the model and the command line are those that people run.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
PRESET = os.environ.get("SECAI_PRESET", "dev")
BUILD = REPO / "build" / PRESET
SECAI = BUILD / "bin" / "secai"
STARTER_MODEL = Path(os.environ.get("SECAI_STARTER_MODEL", REPO / "build/downloads/SmolLM2-135M-Instruct.Q4_1.gguf"))
STARTER_NAME = "SmolLM2-135M-Instruct.Q4_1"

# Sanitizers make everything slower; a limit here ends a test that hangs, it measures nothing.
PATIENCE_SECONDS = 120.0 if PRESET != "asan" else 300.0


@dataclass
class Answer:
    """What an HTTP request brought back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def free_base_port() -> int:
    """A port whose neighbours at the distances of the rooms are free as well."""
    for _ in range(200):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            base = int(probe.getsockname()[1])
        if not 2000 < base < 60000:
            continue
        try:
            for distance in (-10, -5, 0, 5, 10):
                with socket.socket() as neighbour:
                    neighbour.bind(("127.0.0.1", base + distance))
        except OSError:
            continue
        return base
    raise RuntimeError("no free ports")


@dataclass
class System:
    """One running system; `stop()` is idempotent."""

    policy: str | None = None
    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="sa")))
    port: int = field(default_factory=free_base_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> System:
        if self.policy is not None:
            folder = self.root / "etc/secure-ai/policy"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / "policy.yaml").write_text(self.policy)
        output = (self.root / "up.out").open("ab")
        self.process = subprocess.Popen(
            [SECAI, "--root", self.root, "up", "--port", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output.close()
        self.wait_for(self.is_ready, "the system to be ready")
        return self

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    # --- asking -----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def http(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout: float = PATIENCE_SECONDS,
    ) -> Answer:
        """One request on a connection of its own. A `body` that is no bytes goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        all_headers = {"Host": f"localhost:{self.port}", **(headers or {})}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(method, path, data, all_headers)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def cli(
        self, *arguments: str | Path, stdin: str = "", timeout: float = PATIENCE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Runs `secai` on this root; never raises for its exit code."""
        return subprocess.run(
            [SECAI, "--root", self.root, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the supervisor ended with {self.process.returncode}\n{self.logs()}")
        try:
            return self.http("GET", "/readyz", timeout=2).status == 200
        except OSError:
            return False

    def wait_for(self, condition: Any, what: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """Asks again and again until `condition()` is true, and returns its value."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds:.0f} s in vain for {what}\n{self.logs()}")

    # --- models -----------------------------------------------------------------------------------

    def upload(self, name: str, data: bytes) -> str:
        """Starts an import; the claim's id."""
        answer = self.http("POST", f"/api/models/import?name={name}", data)
        assert answer.status == 202, (answer.status, answer.body, self.logs())
        return str(answer.json()["id"])

    def claim(self, claim_id: str) -> dict[str, Any]:
        answer = self.http("GET", f"/api/models/import/{claim_id}")
        assert answer.status == 200, answer.body
        body = answer.json()
        found: dict[str, Any] = body.get("claim", body)
        return found

    def verdict(self, claim_id: str, seconds: float = 6 * PATIENCE_SECONDS) -> dict[str, Any]:
        """Waits until the claim is promoted, rejected or discarded."""

        def over() -> dict[str, Any] | None:
            claim = self.claim(claim_id)
            return claim if claim["state"] in ("promoted", "rejected", "discarded") else None

        found: dict[str, Any] = self.wait_for(over, f"the verdict on {claim_id}", seconds)
        return found

    def quarantine(self, name: str, data: bytes) -> dict[str, Any]:
        """Imports `data` and returns the finished claim."""
        return self.verdict(self.upload(name, data))

    def admit_starter(self) -> None:
        claim = self.quarantine(STARTER_MODEL.name, STARTER_MODEL.read_bytes())
        assert claim["state"] == "promoted", claim

    def audit_events(self) -> list[dict[str, Any]]:
        log = self.root / "var/log/secure-ai/audit.log"
        return [json.loads(line) for line in log.read_text().splitlines()]

    # --- processes --------------------------------------------------------------------------------

    def pids(self) -> dict[str, int]:
        """The rooms' processes by program name (workers and spawners share their program's name)."""
        assert self.process is not None
        found: dict[str, int] = {}
        for child in children_of(self.process.pid):
            try:
                found[Path(f"/proc/{child}/exe").readlink().name] = child
            except OSError:
                continue
        return found

    def logs(self, lines: int = 40) -> str:
        """The end of what the system said, for the message of a failed test."""
        text = ""
        for name in ("up.out", "var/log/secure-ai/services.log"):
            path = self.root / name
            if path.exists():
                tail = path.read_text(errors="replace").splitlines()[-lines:]
                text += f"--- {name}\n" + "\n".join(tail) + "\n"
        return text


def children_of(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [int(child) for child in task.read_text().split()]
    return children


def descendants_of(pid: int) -> list[int]:
    """All processes below `pid`, nearest first."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for child in children_of(waiting.pop(0)):
            found.append(child)
            waiting.append(child)
    return found
