"""The only way in: what passes, what is refused and why, and what is left of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import hostile_files
import pytest
from harness import STARTER_MODEL, STARTER_NAME, System

STAGES = [
    "Source Policy",
    "Format Gate",
    "Integrity Check",
    "Provenance",
    "Static Scan",
    "Behavioral Smoke Test",
    "Diffusion Deep Scan",
]


def test_the_starter_model_passes_all_stages_and_is_admitted(starter: System) -> None:
    (claim,) = [c for c in starter.http("GET", "/api/models").json()["quarantine"] if c["name"] == STARTER_MODEL.name]
    assert [stage["name"] for stage in claim["stages"]] == STAGES
    assert [stage["result"] for stage in claim["stages"]] == ["PASS"] * 6 + ["SKIP"]
    assert claim["trust_level"] == 4
    (model,) = [m for m in starter.http("GET", "/api/models").json()["models"] if m["name"] == STARTER_NAME]
    assert model["sha256"] == claim["sha256"] == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    assert model["runnable"] is True
    stored = starter.root / "var/lib/secure-ai/registry/objects" / model["sha256"]
    assert stored.stat().st_mode & 0o777 == 0o400
    assert not list((starter.root / "var/lib/secure-ai/quarantine").glob("*/artifact"))


def test_every_stage_of_an_admission_is_in_the_audit_log(starter: System) -> None:
    events = [e for e in starter.audit_events() if e["event"].startswith("quarantine.")]
    stages = [e["fields"]["stage"] for e in events if e["event"] == "quarantine.stage_passed"]
    assert stages[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert any(e["event"] == "quarantine.promoted" and e["fields"]["name"] == STARTER_NAME for e in events)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("model.gguf", hostile_files.raw_pickle(0), "pickle"),
        ("model.gguf", hostile_files.raw_pickle(4), "pickle"),
        ("model.gguf", hostile_files.torch_zip(), "pickle"),
        ("model.safetensors", hostile_files.torch_zip(), "pickle"),
        ("model.gguf", hostile_files.old_torch_tar(), "tar"),
        ("model.gguf", hostile_files.elf(), "ELF"),
        ("model.gguf", hostile_files.script(), "script"),
        ("model.gguf", b"GGUF\x03\x00\x00\x00", "24 bytes"),
        ("checkpoint.pt", hostile_files.torch_zip(), "pickle"),
        ("weights.bin", b"GGUF" + bytes(100), ".bin"),
    ],
)
def test_what_is_no_model_is_refused_by_content_and_named(starter: System, name: str, data: bytes, words: str) -> None:
    claim = starter.quarantine(name, data)
    assert claim["state"] == "rejected"
    rejection = claim["rejection"]
    assert rejection["stage"] == 2
    assert rejection["rule"]
    assert words.lower() in rejection["reason"].lower()
    (event,) = [
        e for e in starter.audit_events() if e["event"] == "quarantine.rejected" and e["fields"]["id"] == claim["id"]
    ]
    assert event["fields"]["rule"] == rejection["rule"]
    assert event["fields"]["reason"] == rejection["reason"]


def test_a_truncated_model_is_refused_before_it_runs(starter: System) -> None:
    claim = starter.quarantine("cut.gguf", STARTER_MODEL.read_bytes()[:-4096])
    assert claim["state"] == "rejected"
    assert claim["rejection"]["stage"] == 2
    assert claim["rejection"]["rule"].startswith("G-")


def test_a_model_with_something_behind_its_end_is_refused(starter: System) -> None:
    claim = starter.quarantine("long.gguf", STARTER_MODEL.read_bytes() + hostile_files.torch_zip())
    assert claim["state"] == "rejected"
    assert claim["rejection"]["stage"] == 2


def test_a_refused_file_stays_can_be_submitted_again_and_discarded(system: System) -> None:
    claim = system.quarantine("model.gguf", hostile_files.raw_pickle())
    folder = system.root / "var/lib/secure-ai/quarantine" / claim["id"]
    assert (folder / "artifact").read_bytes() == hostile_files.raw_pickle()
    assert system.http("POST", f"/api/quarantine/{claim['id']}/resubmit").status == 202
    assert system.verdict(claim["id"])["state"] == "rejected"
    assert system.http("DELETE", f"/api/quarantine/{claim['id']}").status == 200
    assert not folder.exists()
    assert system.http("DELETE", f"/api/quarantine/{claim['id']}").status == 404
    names = [e["event"] for e in system.audit_events()]
    assert names.count("quarantine.resubmitted") == 1
    assert names.count("quarantine.discarded") == 1


def test_a_blocked_digest_is_refused_at_stage_three(make_system: Callable[..., System]) -> None:
    blocked = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    system = make_system(policy=f"quarantine:\n  blocked_hashes: [{blocked}]\n")
    claim = system.quarantine(STARTER_MODEL.name, STARTER_MODEL.read_bytes())
    assert claim["state"] == "rejected"
    assert (claim["rejection"]["stage"], claim["rejection"]["rule"]) == (3, "INT-1")


def test_require_signature_refuses_at_stage_four_and_says_why(make_system: Callable[..., System]) -> None:
    system = make_system(policy="quarantine:\n  require_signature: true\n")
    claim = system.quarantine(STARTER_MODEL.name, STARTER_MODEL.read_bytes())
    assert claim["state"] == "rejected"
    assert claim["rejection"]["stage"] == 4
    assert "cannot verify signatures yet" in claim["rejection"]["reason"]


def test_the_same_file_twice_at_once_is_one_model(make_system: Callable[..., System]) -> None:
    system = make_system()
    data = STARTER_MODEL.read_bytes()
    claims: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda: claims.append(system.quarantine(STARTER_MODEL.name, data))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [claim["state"] for claim in claims] == ["promoted", "promoted"]
    assert len(system.http("GET", "/api/models").json()["models"]) == 1


def test_an_upload_larger_than_the_policy_allows_is_413(make_system: Callable[..., System]) -> None:
    system = make_system(policy="models:\n  max_model_size_gb: 1\n")
    headers = {"Content-Length": str(2 << 30)}
    answer = system.http("POST", "/api/models/import?name=big.gguf", b"", headers)
    assert answer.status == 413, answer.body


def test_an_upload_that_would_eat_the_free_reserve_is_507(make_system: Callable[..., System]) -> None:
    system = make_system(policy="quarantine:\n  free_reserve_mb: 1048576\n")
    answer = system.http("POST", "/api/models/import?name=m.gguf", b"GGUF")
    assert answer.status == 507
    assert "free space" in answer.json()["error"]


def test_an_upload_without_bytes_is_400(starter: System) -> None:
    assert starter.http("POST", "/api/models/import?name=m.gguf", b"").status == 400


@pytest.mark.parametrize("name", ["../up.gguf", ".hidden.gguf", "a%2fb.gguf", "a%00b.gguf", "a%0ab.gguf", ""])
def test_bad_file_names_are_400(starter: System, name: str) -> None:
    assert starter.http("POST", f"/api/models/import?name={name}", b"GGUF").status == 400
