"""Warm processes: the libraries of a build are imported once, and each job is a fork of that.

Importing Lightning takes more CPU than many a stage computes. While a build runs, one server per
build holds the imported libraries; `python -m tegum.build.forkserver VERB …` asks it to fork a
child that runs `tegum.build.stages.main` with the caller's arguments, folder, environment and
streams. Without a server (no build, no fork on this platform) the same command runs the stage in
its own process.

The server dies with the build that started it, and a child with the command that asked for it.
"""

import array
import contextlib
import gc
import json
import os
import platform
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from glob import glob
from importlib import import_module
from typing import Any

from tegum.build.variables import FIXED

SOCKET = "TEGUM_SOCKET"
"""Variable in which the jobs of a build find the address of its server."""
HOST = re.sub(r"[^A-Za-z0-9-]", "-", platform.node())[:60]
"""This machine, as part of a file's name."""
SILENT = 60.0
"""Seconds after which a client that has asked nothing is left."""
BASE = ("pydantic", "yaml", "numpy", "xarray", "netCDF4", "pandera.xarray")
LIBRARIES = {
    "torch": ("torch", "torch._dynamo"),  # the latter by every optimiser
    "pytorch_lightning": ("pytorch_lightning",),
    "numba": ("numba",),
    "scipy": ("scipy.stats", "scipy.optimize"),
    "sklearn": ("sklearn.linear_model", "sklearn.mixture", "sklearn.neural_network"),
    "holoviews": ("hvplot.xarray", "matplotlib.pyplot"),
}
"""External package in a stage's import closure to the modules that the server imports for it."""
MODULES = {"measure": "measure", "judge": "claims", "render": "figures"}


def address(build: int) -> str:
    """Where the server of the build with this process id listens.

    Relative to the project's root, which also keeps it within the length of a socket's name. The
    name of the machine is in it: nodes of a cluster share the folder, and not their processes.
    """
    return f".tegum/forkserver.{HOST}.{build}.sock"


def start() -> None:
    """Start a server for the build that this process runs, where the platform can."""
    if not hasattr(os, "pidfd_open"):
        return
    os.environ[SOCKET] = address(os.getpid())
    if os.environ.get("TEGUM_WARM") != "0":
        with contextlib.suppress(OSError):
            subprocess.Popen(
                [sys.executable, "-m", "tegum.build.forkserver", "serve", str(os.getpid())]
            )


def serve(build: int) -> None:
    """Fork a child per request until the process `build` is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(FIXED)
    _sweep()
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    before = os.umask(0o177)
    server.bind(address(build))
    os.umask(before)
    server.listen(64)
    parent = os.pidfd_open(build)
    loop = selectors.DefaultSelector()
    loop.register(server, selectors.EVENT_READ, None)
    loop.register(parent, selectors.EVENT_READ, None)
    children: dict[int, socket.socket] = {}
    silent: dict[socket.socket, float] = {}
    while os.getppid() == build:
        for key, _ in loop.select(timeout=SILENT):
            if key.fileobj is server:
                client, _ = server.accept()
                silent[client] = time.monotonic()
                loop.register(client, selectors.EVENT_READ, None)
            elif isinstance(key.fileobj, socket.socket) and key.fileobj in silent:
                _left(loop, silent, key.fileobj)
                child = _fork(key.fileobj, loop)
                if child is None:
                    key.fileobj.close()
                else:
                    children[child] = key.fileobj
                    loop.register(key.fileobj, selectors.EVENT_READ, child)
                    loop.register(os.pidfd_open(child), selectors.EVENT_READ, child)
            elif key.data in children:
                gone = isinstance(key.fileobj, socket.socket)
                _finish(loop, children, key.data, gone=gone)
        for client in [c for c, since in silent.items() if time.monotonic() - since > SILENT]:
            _left(loop, silent, client)
            client.close()
    for child in children:
        os.kill(child, signal.SIGKILL)
    os.unlink(address(build))


def _sweep() -> None:
    """Remove the sockets of builds on this machine that were killed."""
    os.makedirs(os.path.dirname(address(0)), exist_ok=True)
    for path in glob(f".tegum/forkserver.{HOST}.*.sock"):
        with contextlib.suppress(OSError, ValueError):
            if not os.path.exists(f"/proc/{int(path.split('.')[-2])}"):
                os.unlink(path)


def _left(loop: Any, silent: dict[socket.socket, float], client: socket.socket) -> None:
    loop.unregister(client)
    del silent[client]


def _finish(loop: Any, children: dict[int, socket.socket], child: int, *, gone: bool) -> None:
    """A child has ended, or (`gone`) the command that asked for it has."""
    if gone:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    client = children.pop(child)
    for key in [k for k in loop.get_map().values() if k.data == child]:
        loop.unregister(key.fileobj)
        if isinstance(key.fileobj, int):
            os.close(key.fileobj)
    with contextlib.suppress(OSError):
        client.send(str(os.waitstatus_to_exitcode(status)).encode())
    client.close()


def _asked(client: socket.socket) -> tuple[list[str], str, dict[str, str], list[int]] | None:
    """Arguments, folder, environment and streams of a request; None where it is none."""
    handles: list[int] = []
    try:
        client.setblocking(False)
        request, handles, _, _ = socket.recv_fds(client, 2**20, 3)
        client.setblocking(True)
        match json.loads(request):
            case {"argv": [*argv], "folder": str(folder), "environment": {**environment}} if len(
                handles
            ) == 3 and all(isinstance(v, str) for v in (*argv, *environment.values())):
                return argv, folder, environment, handles
    except (OSError, ValueError, RecursionError):
        pass
    for handle in handles:
        os.close(handle)
    return None


def _fork(client: socket.socket, loop: Any) -> int | None:
    """Run what a client asks for in a child; None when it asks for nothing that can be run."""
    wanted = _asked(client)
    if wanted is None:
        return None
    argv, folder, environment, handles = wanted
    _load(argv)
    # What is imported stays: collections in the children pass over it, an eighth of a rendering.
    gc.freeze()
    server = os.getpid()
    child = os.fork()
    if child:
        for handle in handles:
            os.close(handle)
        return child
    status = 1
    try:
        _end_with(server)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for key in list(loop.get_map().values()):
            os.close(key.fd)
        loop.close()
        os.close(client.detach())
        for stream, handle in enumerate(handles):
            os.dup2(handle, stream)
            os.close(handle)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment | FIXED)
        from tegum.build.stages import main as run

        status = run(argv)
    except BaseException as error:
        status = error.code if isinstance(error, SystemExit) else 1
        if not isinstance(error, SystemExit):
            import traceback

            traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)


def _end_with(parent: int) -> None:
    """Let this process be killed when its parent ends, however that ends."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


@cache
def _graph() -> Any:
    import grimp

    return grimp.build_graph("tegum", include_external_packages=True, cache_dir=None)


def libraries(argv: Sequence[str]) -> list[str]:
    """What a stage imports, whatever its kinds are, of what takes long to import."""
    stage = argv[2] if argv[0] == "row" else MODULES[argv[0]]
    room = f"tegum.studies.{argv[1]}.{stage}"
    above = _graph().find_upstream_modules(room, as_package=True)
    return [m for name in sorted(LIBRARIES.keys() & above) for m in LIBRARIES[name]]


def _load(argv: Sequence[str]) -> None:
    """Import what the stage will need, so that later children find it imported."""
    wanted = list(BASE)
    with contextlib.suppress(Exception):
        wanted += libraries(argv)
    for module in wanted:
        with contextlib.suppress(ImportError):
            import_module(module)


def _ask(argv: Sequence[str]) -> int | None:
    """Let the server of this build run a stage; None when there is no server."""
    if SOCKET not in os.environ:
        return None
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        client.connect(os.environ[SOCKET])
        environment = dict(os.environ)
        wanted = {"argv": list(argv), "folder": os.getcwd(), "environment": environment}
        handles = array.array("i", [0, 1, 2])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handles)]
        client.sendmsg([json.dumps(wanted).encode()], rights)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        if answer := client.recv(64):
            return int(answer)
    print("error: the server of this build has ended; run snakemake again", file=sys.stderr)
    return 1


def main() -> int:
    """`serve PARENT`, or a stage's arguments."""
    argv = sys.argv[1:]
    if argv[:1] == ["serve"]:
        serve(int(argv[1]))
        # Some libraries report, when the interpreter ends, pages about what they have not freed.
        os._exit(0)
    status = _ask(argv) if hasattr(socket, "SOCK_SEQPACKET") else None
    if status is None:
        from tegum.build.stages import main as run

        return run(argv)
    return abs(status)


if __name__ == "__main__":
    sys.exit(main())
