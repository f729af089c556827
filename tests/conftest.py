"""Settings of all tests."""

import os

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tegum",
    deadline=None,
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],  # of a busy machine, not of a test
)
settings.load_profile("tegum")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("walks of edits (tests/properties)")
    group.addoption("--edits", type=int, default=36, help="number of edits in all, by default 36")
    group.addoption("--first-walk", type=int, default=0, help="seed of the first walk")
    group.addoption("--replay", help="the steps of one walk, as a failure prints them")
    group.addoption("--shrink", action="store_true", help="leave out what a failure does not need")
