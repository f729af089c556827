"""Ctrl-C and SIGTERM end a build and its jobs; the next build is right."""

import os
import signal
import sys
import time

import pytest
from faults.injection import NOTHING
from repository import LONGER


@pytest.fixture(autouse=True)
def _heard():
    """Ctrl-C is heard even where the suite runs in the background of a shell, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_build_that_is_told_to_stop_leaves_no_job_and_nothing_that_is_trusted(
    built, from_nothing, name
):
    built.params(*LONGER)
    process = built.start(sys.executable, "-m", "snakemake", fault="train:hang")
    deadline = time.monotonic() + 120
    while not any(e["stage"] == "train" for e in built.trace()):
        assert process.poll() is None and time.monotonic() < deadline, "the job never began"
        time.sleep(0.1)
    try:
        os.killpg(process.pid, getattr(signal, name))  # as a terminal or a batch system does
        process.communicate(timeout=60)
        assert process.returncode
        while alive(process.pid):
            assert time.monotonic() < deadline, "a job is still there"
            time.sleep(0.1)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    again = built.snakemake()
    assert NOTHING not in again.text
    assert built.outputs() == from_nothing


def test_a_job_that_hears_nothing_does_not_hold_a_build_that_is_told_to_stop(built, from_nothing):
    built.params(*LONGER)
    command = (sys.executable, "-m", "snakemake")
    process = built.start(*command, fault="train:deaf", TEGUM_WARM="0")
    deadline = time.monotonic() + 120
    while not any(e["stage"] == "train" for e in built.trace()):
        assert process.poll() is None and time.monotonic() < deadline, "the job never began"
        time.sleep(0.1)
    try:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode
        assert not alive(process.pid)
    finally:
        if alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
    assert NOTHING not in built.snakemake().text
    assert built.outputs() == from_nothing


def alive(group: int) -> bool:
    """Whether any process of a group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
