"""Official clients, unchanged, against the running system; and the page in a real browser."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import openai
import pytest
from harness import REPO, STARTER_MODEL, STARTER_NAME, System

CAPITAL = [{"role": "user", "content": "Name the capital of France."}]
PARIS = "The capital of France is Paris."


@pytest.fixture
def client(starter: System) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{starter.url}/v1", api_key="placeholder", max_retries=0)


def test_openai_for_python_lists_the_model(client: openai.OpenAI) -> None:
    assert STARTER_NAME in [model.id for model in client.models.list()]


def test_openai_for_python_chats(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=STARTER_NAME, messages=CAPITAL, temperature=0, max_tokens=32)  # type: ignore[arg-type]
    assert answer.choices[0].message.content == PARIS
    assert answer.usage is not None and answer.usage.completion_tokens > 0


def test_openai_for_python_streams(client: openai.OpenAI) -> None:
    stream: Any = client.chat.completions.create(
        model=STARTER_NAME,
        messages=CAPITAL,  # type: ignore[arg-type]
        temperature=0,
        max_tokens=32,
        stream=True,
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == PARIS


def test_openai_for_python_completes_a_text(client: openai.OpenAI) -> None:
    answer = client.completions.create(
        model=STARTER_NAME, prompt="The capital of France is", temperature=0, max_tokens=4
    )
    assert answer.choices[0].text


def test_openai_for_python_names_an_unknown_model(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="no-such-model", messages=CAPITAL)  # type: ignore[arg-type]
    assert refused.value.code == "model_not_found"


def run_node(folder: str, pattern: str, system: System, **environment: str) -> None:
    """Runs the Node tests of `folder`; their output is the message when one fails."""
    run = subprocess.run(
        [REPO / "scripts/node", "--test", "--test-concurrency=1", pattern],
        cwd=REPO / folder,
        env={**os.environ, "SECAI_TEST_URL": system.url, "SECAI_TEST_MODEL": STARTER_NAME, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:] + system.logs()


def test_openai_for_node(starter: System) -> None:
    run_node("tests/clients", "*.test.ts", starter)


def test_import_and_chat_in_a_real_browser(system: System) -> None:
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("chromium is not installed")
    run_node("tests/ui", "real/*.test.ts", system, SECAI_TEST_MODEL=str(STARTER_MODEL))
