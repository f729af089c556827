"""Results travel through S3, ssh and webdav, also where the remote dies on the way."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from remotes import servers
from remotes.servers import Remote
from repository import Repository

NEEDED = {
    "s3": (("dvc_s3", "moto"), ()),
    "ssh": (("dvc_ssh",), ("sshd", "ssh-keygen")),
    "webdav": (("dvc_webdav", "wsgidav"), ()),
}
"""Kind of remote to the modules and the programs that its test needs."""
PROGRAMS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


@pytest.fixture(scope="module", params=NEEDED)
def kind(request: pytest.FixtureRequest) -> str:
    """Skipped with what is missing; `make remote-test` installs it."""
    modules, programs = NEEDED[request.param]
    for module in modules:
        pytest.importorskip(module, reason=f"{module} is not here: make remote-test")
    for program in programs:
        if shutil.which(program, path=PROGRAMS) is None:
            pytest.skip(f"{program} is not here, and apt-get could not install it")
    return request.param


@pytest.fixture
def remote(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")  # or S3's client tries a dead server for minutes
    folder = tmp_path / "remote"
    folder.mkdir()
    with getattr(servers, kind)(folder) as made:
        yield made


@pytest.fixture
def lab(built: Repository, remote: Remote) -> Repository:
    """A built and recorded repository whose results are in no remote but its own folder."""
    shutil.rmtree(built.root / "published")
    remote.give(built)
    return built


def wipe(repository: Repository) -> None:
    """Lose all that was computed, the cache and the local state; leave what git has."""
    for lost in ("data", ".dvc/cache", ".dvc/tmp", ".tegum", ".snakemake", "logs"):
        shutil.rmtree(repository.root / lost, ignore_errors=True)


def assert_whole(repository: Repository, outputs: dict[str, bytes]) -> None:
    """What was pulled is what was pushed, the remote is sound, and nothing is computed."""
    said = repository.tegum("verify", "--remote", "lab").text
    assert "all as dvc.lock records" in said and "not pulled" not in said, said
    assert repository.outputs() == outputs
    repository.assert_built()
    repository.assert_recorded()


def test_results_that_were_wiped_are_pulled_and_nothing_is_computed(lab):
    outputs = lab.outputs()
    lab.dvc("push", "--quiet", "-r", "lab")
    wipe(lab)
    lab.dvc("pull", "--quiet", "-r", "lab", "random_walk")
    lab.assert_built("random_walk")
    lab.dvc("pull", "--quiet", "-r", "lab")
    assert_whole(lab, outputs)


def size(repository: Repository) -> int:
    """Bytes of the objects of a repository that has one version."""
    objects = (repository.root / ".dvc/cache/files/md5").rglob("*")
    return sum(f.stat().st_size for f in objects if f.is_file())


def test_a_remote_that_dies_in_a_push_or_a_pull_loses_nothing(lab, remote):
    """It dies after half of the bytes that the whole takes; the repeat finds it alive."""
    outputs, budget = lab.outputs(), size(lab) // 2
    remote.relay.dies_after(budget)
    lab.dvc("push", "--quiet", "-r", "lab", fails=True)
    assert remote.relay.dead
    remote.relay.dies_after(None)
    torn = lab.tegum("verify", "--remote", "lab", fails=True).text
    assert "remote object" in torn and "missing" in torn and "found" not in torn, torn
    assert lab.outputs() == outputs
    lab.assert_built()
    lab.dvc("push", "--quiet", "-r", "lab")
    wipe(lab)
    remote.relay.dies_after(budget)
    lab.dvc("pull", "--quiet", "-r", "lab", fails=True)
    assert remote.relay.dead
    remote.relay.dies_after(None)
    lab.dvc("pull", "--quiet", "-r", "lab")
    assert_whole(lab, outputs)


def test_two_clones_that_push_at_once_both_arrive(lab, remote, tmp_path):
    """Two versions that share most of their objects; each is then pulled by its commit."""
    other = Repository(tmp_path / "other")
    shutil.copytree(lab.root, other.root, ignore=shutil.ignore_patterns("*.sock"))
    pushes = []
    for clone, threshold in ((lab, 2.0), (other, 3.0)):
        clone.params("threshold: 1.0", f"threshold: {threshold}")
        clone.dvc("repro", "--quiet")
        clone.git("commit", "-qam", f"Threshold {threshold}")
        pushes.append((clone, clone.outputs()))
    running = [c.start(sys.executable, "-m", "dvc", "push", "-r", "lab") for c, _ in pushes]
    said = [push.communicate(timeout=300)[0] for push in running]
    assert [push.returncode for push in running] == [0, 0], said
    for clone, outputs in pushes:
        fresh = clone.clone(f"{clone.root.name}-pulled")
        remote.give(fresh)
        fresh.dvc("pull", "--quiet", "-r", "lab")
        assert_whole(fresh, outputs)
