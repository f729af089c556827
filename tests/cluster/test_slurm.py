"""The two studies of the tests are built by a SLURM of one node.

Their rows are numpy's, so that `device=cuda` asks SLURM for its (made up) GPU and runs anywhere.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from cluster.slurm import Slurm, missing
from repository import Repository, make

LOCAL = ("--config", "scale=smoke", "device=cuda")
SUBMITTED = (
    *("--profile", "profiles/slurm", *LOCAL),
    *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "20"),
    *("--default-resources", "mem_mb=400", "runtime=10"),
    *("--set-resources", *(f"{s}:mem_mb=500" for s in ("train", "fit"))),
)
"""The profile as it is, but for a small machine."""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    """Skipped with what is missing; `make cluster-test` installs it."""
    pytest.importorskip(
        "snakemake_executor_plugin_slurm", reason="the plugin is not here: make cluster-test"
    )
    if missing():
        pytest.skip(f"{', '.join(missing())}: not here, and apt-get could not install slurm-wlm")
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cluster.environment.items():
            patch.setenv(name, value)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The two studies of the tests, committed; nothing is built."""
    made = make(tmp_path_factory.mktemp("origin") / "repository")
    made.commit("Studies")
    return made


@pytest.fixture(scope="module")
def local(origin: Repository) -> dict[str, bytes]:
    """What a build on this machine, without SLURM, makes."""
    origin.snakemake("--cores", "1", *LOCAL)
    return origin.outputs()


def wait_until(true: Callable[[], object], what: str, seconds: float = 900) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.5)


def test_a_cluster_makes_the_bytes_of_a_local_build_through_all_that_dies(slurm, origin, local):
    """A job, the controller and the Snakemake that submits die in turn; builds resume."""
    clone = origin.clone()
    build = (sys.executable, "-m", "snakemake", *SUBMITTED)

    process = clone.start(*build, fault="train:hang")
    wait_until(lambda: slurm.jobs() and clone.trace(), "a job hangs")
    slurm.kill_controller()
    time.sleep(3)
    slurm.start_controller()
    wait_until(slurm.jobs, "the jobs are known to the new controller")
    slurm.run("scancel", *slurm.jobs())
    text, _ = process.communicate(timeout=1200)
    assert process.returncode != 0, text
    assert "submitted with SLURM jobid" in text, text
    assert clone.outputs().keys() < local.keys()

    process = clone.start(*build, fault="train:hang")
    wait_until(lambda: slurm.jobs() and clone.trace(), "a job hangs")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    slurm.run("scancel", *slurm.jobs())
    wait_until(lambda: not slurm.jobs(), "the jobs of the Snakemake that was killed are gone")

    process = clone.start(*build)
    text, _ = process.communicate(timeout=2400)
    assert process.returncode == 0, text
    assert "submitted with SLURM jobid" in text, text
    assert clone.outputs() == local
    assert "Nothing to be done" in clone.run(*build).text
    assert "Nothing to be done" in clone.snakemake("--cores", "1", *LOCAL).text
