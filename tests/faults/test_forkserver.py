"""The server of a build: one for each, whoever else asks it for whatever."""

import array
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tegum.build import forkserver
from tegum.build.forkserver import SOCKET, address, libraries
from tegum.build.workflow import serve_jobs

DEEP = b"[" * 100_000


def request(**more) -> bytes:
    wanted = {"argv": ["ledger"], "folder": os.getcwd(), "environment": dict(os.environ)}
    return json.dumps(wanted | more).encode()


def ask(build: int, content: bytes, handles: int = 3) -> bytes:
    """What the server answers; nothing where it closes the connection."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.settimeout(60)
        client.connect(address(build))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", range(handles)))]
        client.sendmsg([content], rights if handles else [])
        return client.recv(9)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """(build, server) as processes; the build only waits."""
    monkeypatch.chdir(tmp_path)
    code = (
        "import subprocess, sys, os; from tegum.build import forkserver as f; f.start();"
        "sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as build:
        deadline = time.monotonic() + 60
        while not Path(address(build.pid)).exists():
            assert time.monotonic() < deadline and build.poll() is None
            time.sleep(0.05)
        (pid,) = Path(f"/proc/{build.pid}/task/{build.pid}/children").read_text().split()
        yield build, int(pid)
        build.kill()


def handles(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.parametrize(
    ("content", "streams"),
    [
        (b"", 3),
        (b"[1]", 3),
        (b"\xff", 3),
        (DEEP, 3),
        (request(argv=[1]), 3),
        (request(argv=5), 3),
        (request(environment={"A": 1}), 3),
        (request(folder=None), 3),
        (request(), 0),
        (request(), 1),
    ],
    ids=range(10),
)
def test_a_client_that_asks_for_nothing_that_can_be_run_is_left(server, content, streams):
    build, pid = server
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.connect(address(build.pid))
        refused = request(argv=["nonsense"])
        assert ask(build.pid, refused) == b"2", "argparse refuses it"
        before = handles(pid)
        for _ in range(3):
            assert ask(build.pid, content, streams) == b""
        assert ask(build.pid, refused) == b"2"
        deadline = time.monotonic() + 30
        while handles(pid) > before:
            assert time.monotonic() < deadline, "a handle of a client stays open"
            time.sleep(0.05)


def test_a_server_ends_with_its_build_and_its_children_with_it(server):
    build, pid = server
    build.kill()
    build.wait()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not Path(address(build.pid)).exists()


def test_libraries_have_no_say_at_the_end_of_a_server():
    code = (
        "import atexit, sys; from tegum.build import forkserver as f;"
        "f.serve = lambda build: atexit.register(print, 'leaked'); sys.exit(f.main())"
    )
    command = [sys.executable, "-c", code, "serve", "0"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_job_whose_server_has_ended_says_so(server, monkeypatch, capfd):
    build, pid = server
    monkeypatch.setenv(SOCKET, address(build.pid))
    os.kill(pid, signal.SIGSTOP)
    command = [sys.executable, "-m", "tegum.build.forkserver", "ledger"]
    job = subprocess.Popen(command)
    time.sleep(3)
    os.kill(pid, signal.SIGKILL)
    assert job.wait(timeout=60) == 1
    assert "the server of this build has ended" in capfd.readouterr().err


def test_two_builds_of_two_studies_do_not_end_each_others_jobs(built):
    built.params("degree: 1", "degree: 2")
    built.edit("params/mean_power.yaml", "sweeps:", "measure: {scale: 2.0}\nsweeps:")
    target = "data/random_walk/fit/drift/0.nc"
    first = built.start(sys.executable, "-m", "snakemake", target, fault="fit:hang")
    try:
        while not built.trace():
            time.sleep(0.1)
        said = built.beside("data/mean_power/measure/moments.nc")
        assert "[1/1] mean_power measure moments" in said, said
        time.sleep(3)
        assert first.poll() is None, first.communicate()[0]
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()


STAGES = Path(__file__).parents[2] / "src/tegum/studies"


@pytest.mark.parametrize("stage", ["train", "fit", "control"])
def test_what_every_kind_of_a_stage_imports_is_imported_before_its_jobs_are(stage):
    """Also where the stage's kinds are modules of a package that imports nothing itself."""
    for room in sorted(STAGES.glob(f"*/{stage}*")):
        kinds = [room] if room.is_file() else sorted(room.glob("*.py"))
        text = "".join(kind.read_text() for kind in kinds)
        found = libraries(["row", room.parent.name, stage])
        if "tegum.training" in text or "import torch" in text:
            assert "torch" in found, room


@pytest.mark.parametrize(
    ("local", "remote", "socket", "reading", "starting"),
    [
        (True, False, False, False, True),  # a build here
        (False, False, False, False, False),  # one that submits to a cluster
        (False, True, False, True, False),  # what was submitted, on a node
        (True, True, True, False, False),  # a job of its group
    ],
)
def test_a_server_is_where_the_jobs_are_and_shared_by_a_group(
    monkeypatch, local, remote, socket, reading, starting
):
    started = []
    monkeypatch.setattr(forkserver, "start", lambda: started.append(1))
    monkeypatch.delenv(SOCKET, raising=False)
    if socket:
        monkeypatch.setenv(SOCKET, "of the group")
    workflow = SimpleNamespace(local_exec=local, remote_exec=remote)
    for when, wanted in ((False, reading), (True, starting)):
        started.clear()
        serve_jobs(workflow, starting=when)
        assert bool(started) == wanted
