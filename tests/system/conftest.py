"""Systems for the tests: one shared with the starter model admitted, and fresh ones on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from harness import SECAI, STARTER_MODEL, System


@pytest.fixture(scope="session", autouse=True)
def build_is_there() -> None:
    assert SECAI.exists(), f"{SECAI} is not built"
    assert STARTER_MODEL.exists(), f"{STARTER_MODEL} is missing: run scripts/starter-model"


@pytest.fixture
def make_system() -> Iterator[Callable[..., System]]:
    """Makes started systems, each on its own root; all are removed after the test."""
    made: list[System] = []

    def make(policy: str | None = None) -> System:
        system = System(policy=policy)
        made.append(system)
        return system.start()

    yield make
    for system in made:
        system.remove()


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    """A fresh system without models."""
    return make_system()


@pytest.fixture(scope="session")
def starter() -> Iterator[System]:
    """One system for all tests that only ask: the starter model is admitted. Do not stop it or its rooms."""
    shared = System().start()
    try:
        shared.admit_starter()
        yield shared
    finally:
        shared.remove()
