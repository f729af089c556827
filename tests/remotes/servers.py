"""Servers of the three kinds of remote on this machine, behind a relay that can die."""

import getpass
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from repository import Repository

LOCALHOST = "127.0.0.1"


class Relay:
    """Passes connections on to a server; cuts all of them once `budget` bytes have passed."""

    def __init__(self, server: int) -> None:
        self.server, self.passed = server, 0
        self.budget: int | None = None
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server((LOCALHOST, 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def dead(self) -> bool:
        """Whether the budget is spent."""
        return self.budget is not None and self.passed >= self.budget

    def dies_after(self, passed: int | None) -> None:
        """Let the remote die after so many more bytes; None brings it back."""
        self.passed, self.budget = 0, passed

    def _accept(self) -> None:
        while True:
            client, _ = self._listening.accept()
            if self.dead:
                client.close()
                continue
            server = socket.create_connection((LOCALHOST, self.server))
            self._open |= {client, server}
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(16384):
                self.passed += len(content)
                if self.dead:
                    for one in list(self._open):
                        with suppress(OSError):
                            one.shutdown(socket.SHUT_RDWR)
                    break
                sink.sendall(content)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@dataclass
class Remote:
    """A remote that repositories are given by the lines that docs/set-a-remote.md shows."""

    url: str
    relay: Relay
    options: dict[str, str] = field(default_factory=dict)

    def give(self, repository: Repository) -> None:
        """Name this remote `lab` in one clone."""
        repository.dvc("remote", "add", "--local", "-f", "lab", self.url)
        for name, value in self.options.items():
            repository.dvc("remote", "modify", "--local", "lab", name, value)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((LOCALHOST, 0)) as found:
        return found.getsockname()[1]


@contextmanager
def running(port: int, *command: str) -> Iterator[None]:
    """A server, from when it listens on `port`; ended with the context."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        threading.Thread(target=lambda: list(server.stdout or ()), daemon=True).start()
        try:
            _await(server, port)
            yield
        finally:
            server.kill()


def _await(server: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, f"{server.args} ended with {server.returncode}"
        with suppress(OSError), socket.create_connection((LOCALHOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"{server.args} does not listen")


@contextmanager
def s3(folder: Path) -> Iterator[Remote]:
    """A bucket of a moto server."""
    import boto3

    port = free_port()
    with running(port, sys.executable, "-m", "moto.server", "-H", LOCALHOST, "-p", str(port)):
        relay = Relay(port)
        keys = {"access_key_id": "any", "secret_access_key": "any"}  # moto accepts all
        boto3.client(
            "s3",
            endpoint_url=f"http://{LOCALHOST}:{port}",
            region_name="us-east-1",
            **{f"aws_{name}": key for name, key in keys.items()},
        ).create_bucket(Bucket="lab")
        where = {"endpointurl": f"http://{LOCALHOST}:{relay.port}", "region": "us-east-1"}
        yield Remote("s3://lab/results", relay, where | keys)


@contextmanager
def ssh(folder: Path) -> Iterator[Remote]:
    """A folder behind an sshd of one's own, with a key of one's own."""
    port = free_port()
    for name in ("host", "own"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    lines = (
        f"Port {port}",
        f"ListenAddress {LOCALHOST}",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/own.pub",
        f"PidFile {folder}/sshd.pid",
        "StrictModes no",
        "UsePAM no",
        "Subsystem sftp internal-sftp",
        "MaxSessions 100",
    )
    (folder / "sshd_config").write_text("\n".join(lines) + "\n")
    server = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin") or ""
    with running(port, server, "-D", "-e", "-f", f"{folder}/sshd_config"):
        relay = Relay(port)
        url = f"ssh://{getpass.getuser()}@{LOCALHOST}:{relay.port}{folder}/lab"
        yield Remote(url, relay, {"keyfile": f"{folder}/own"})


@contextmanager
def webdav(folder: Path) -> Iterator[Remote]:
    """A folder that wsgidav serves."""
    port = free_port()
    root = folder / "shared"
    (root / "lab").mkdir(parents=True)  # DVC makes folders in that of its remote, not that one
    options = ("--host", LOCALHOST, "--port", str(port), "--root", str(root), "--auth", "anonymous")
    with running(port, sys.executable, "-m", "wsgidav.server.server_cli", *options):
        relay = Relay(port)
        yield Remote(f"webdav://{LOCALHOST}:{relay.port}/lab", relay)
