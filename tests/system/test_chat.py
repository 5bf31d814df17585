"""Talking to an admitted model over HTTP, and what happens to bad requests."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import random
from typing import Any

import pytest
from harness import STARTER_NAME, System

CAPITAL = {"role": "user", "content": "Name the capital of France."}
PARIS = "The capital of France is Paris."


def ask(system: System, **changes: Any) -> Any:
    body = {"model": STARTER_NAME, "messages": [CAPITAL], "temperature": 0, "max_tokens": 32, **changes}
    return system.http("POST", "/v1/chat/completions", body)


def test_the_golden_prompt(starter: System) -> None:
    answer = ask(starter)
    assert answer.status == 200, answer.body
    choice = answer.json()["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": PARIS, "refusal": None}
    assert choice["finish_reason"] == "stop"


def test_curl_as_documented_sends_a_form_type_and_is_understood(starter: System) -> None:
    body = json.dumps({"model": STARTER_NAME, "messages": [CAPITAL], "temperature": 0}).encode()
    answer = starter.http("POST", "/v1/chat/completions", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.json()["choices"][0]["message"]["content"] == PARIS


def test_the_documented_chat_form(starter: System) -> None:
    answer = starter.http("POST", "/api/chat", {"message": CAPITAL["content"], "model": STARTER_NAME})
    assert answer.status == 200, answer.body
    assert "Paris" in answer.json()["response"]
    assert answer.json()["model"] == STARTER_NAME
    assert answer.json()["conversation_id"]


def test_a_stream_has_the_form_that_clients_expect(starter: System) -> None:
    answer = ask(starter, stream=True, stream_options={"include_usage": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line[6:] for line in answer.body.decode().split("\n\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    text = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])
    assert text == PARIS
    finishes = [c["choices"][0]["finish_reason"] for c in chunks if c["choices"]]
    assert finishes[-1] == "stop" and not any(finishes[:-1])
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] > 0


def test_the_same_seed_gives_the_same_answer(starter: System) -> None:
    first, second = (ask(starter, temperature=1.0, seed=42).json()["choices"][0] for _ in range(2))
    assert first == second


def test_a_client_that_vanishes_frees_its_slot(starter: System) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", starter.port, timeout=60)
    body = {
        "model": STARTER_NAME,
        "messages": [{"role": "user", "content": "Count up."}],
        "max_tokens": 4000,
        "stream": True,
    }
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Host": f"localhost:{starter.port}"})
    response = connection.getresponse()
    assert response.read(40)
    connection.close()
    response.close()

    def is_idle() -> bool:
        (model,) = [m for m in starter.http("GET", "/api/models").json()["models"] if m["name"] == STARTER_NAME]
        return int(model.get("busy", 0)) == 0

    starter.wait_for(is_idle, "the slot to be free")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"model": "x", "model": "y", "messages": []}', 400),
        (b'\xff{"model": 1}', 400),
        (json.dumps({"model": STARTER_NAME}).encode(), 400),
        (json.dumps({"model": STARTER_NAME, "messages": []}).encode(), 400),
        (json.dumps({"model": "no-such-model", "messages": [CAPITAL]}).encode(), 404),
        (json.dumps({"model": STARTER_NAME, "messages": [CAPITAL], "max_tokens": -5}).encode(), 400),
        (json.dumps({"model": STARTER_NAME, "messages": [CAPITAL], "temperature": 99}).encode(), 400),
        (json.dumps({"model": STARTER_NAME, "messages": [CAPITAL], "n": 2}).encode(), 400),
        (json.dumps({"model": STARTER_NAME, "messages": [{"role": "god", "content": "x"}]}).encode(), 400),
        (b"[" * 100_000, 400),
    ],
)
def test_bad_requests_are_refused_with_the_documented_shape(starter: System, body: bytes, status: int) -> None:
    answer = starter.http("POST", "/v1/chat/completions", body)
    assert answer.status == status, answer.body
    error = answer.json()["error"]
    assert set(error) >= {"message", "type", "code", "param"}
    assert str(starter.root) not in answer.body.decode()


def test_a_prompt_over_the_context_is_400_with_both_counts(starter: System) -> None:
    answer = ask(starter, messages=[{"role": "user", "content": "word " * 20_000}])
    assert answer.status == 400
    error = answer.json()["error"]
    assert error["type"] == "exceed_context_size_error"
    assert error["n_prompt_tokens"] > error["n_ctx"] > 0


def test_a_thousand_mutated_requests_never_make_a_5xx(starter: System) -> None:
    source = random.Random(20261124)
    good = json.dumps(
        {"model": STARTER_NAME, "messages": [CAPITAL], "max_tokens": 1, "stop": ["x"], "seed": 1, "top_p": 0.9}
    ).encode()
    bad: list[tuple[int, bytes]] = []
    for _ in range(1000):
        body = bytearray(good)
        for _ in range(source.randint(1, 4)):
            place = source.randrange(len(body))
            body[place : place + source.randint(0, 3)] = bytes(
                source.choice(b'{}[]",:\\0123456789eE-.truefalsn\x00\xff') for _ in range(source.randint(0, 3))
            )
        answer = starter.http("POST", "/v1/chat/completions", bytes(body))
        if answer.status >= 500:
            bad.append((answer.status, bytes(body)))
    assert bad == []
    assert ask(starter).json()["choices"][0]["message"]["content"] == PARIS


def test_routes_and_methods_that_do_not_exist(starter: System) -> None:
    assert starter.http("GET", "/no/such/route").status == 404
    answer = starter.http("DELETE", "/v1/models")
    assert answer.status == 405 and "GET" in answer.headers["allow"]
    vault = starter.http("POST", "/api/vault/lock")
    assert vault.status == 503 and vault.json()["code"] == "not_available"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
def test_what_a_foreign_page_or_proxy_sends_is_refused(starter: System, headers: dict[str, str]) -> None:
    body = {"model": STARTER_NAME, "messages": [CAPITAL], "max_tokens": 1}
    answer = starter.http("POST", "/v1/chat/completions", body, headers)
    assert answer.status in (400, 401, 403), answer.body
    assert "choices" not in answer.json()


def test_four_streams_at_a_time_give_what_each_gives_alone(starter: System) -> None:
    questions = ["Name the capital of France.", "Say hello.", "What is two plus three?", "Name a colour."]

    def answer_to(question: str) -> str:
        reply = ask(starter, messages=[{"role": "user", "content": question}])
        return str(reply.json()["choices"][0]["message"]["content"])

    alone = [answer_to(question) for question in questions]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        together = list(pool.map(answer_to, questions))
    assert together == alone


def test_metrics_are_prometheus_text(starter: System) -> None:
    answer = starter.http("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"# TYPE" in answer.body
