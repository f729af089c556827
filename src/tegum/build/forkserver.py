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
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

ADDRESS = ".tegum/warm.sock"
"""Relative to the project's root, which also keeps it within the length of a socket's name."""
BASE = ("pydantic", "yaml", "numpy", "xarray", "netCDF4", "pandera.xarray")
LIBRARIES = {
    "torch": ("torch", "torch._dynamo"),  # the latter by every optimiser
    "pytorch_lightning": ("pytorch_lightning",),
    "scipy": ("scipy.stats", "scipy.optimize"),
    "sklearn": ("sklearn.linear_model", "sklearn.mixture", "sklearn.neural_network"),
    "holoviews": ("hvplot.xarray", "matplotlib.pyplot"),
}
"""External package in a stage's import closure to the modules that the server imports for it."""
MODULES = {"measure": "measure", "judge": "claims", "render": "figures"}


def start() -> None:
    """Start a server for the build that this process runs, where the platform can."""
    if not hasattr(os, "pidfd_open") or os.environ.get("TEGUM_WARM") == "0":
        return
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(ADDRESS), exist_ok=True)
        subprocess.Popen(
            [sys.executable, "-m", "tegum.build.forkserver", "serve", str(os.getpid())]
        )


def serve(parent: int) -> None:
    """Fork a child per request until the process `parent` is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(ADDRESS)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.bind(ADDRESS)
    os.chmod(ADDRESS, 0o600)
    server.listen(64)
    loop = selectors.DefaultSelector()
    loop.register(server, selectors.EVENT_READ, None)
    children: dict[int, socket.socket] = {}
    while os.getppid() == parent:
        for key, _ in loop.select(timeout=1.0):
            if key.fileobj is server:
                client, _ = server.accept()
                child = _fork(client, server)
                if child is not None:
                    children[child] = client
                    loop.register(client, selectors.EVENT_READ, child)
                    loop.register(os.pidfd_open(child), selectors.EVENT_READ, child)
            elif key.data in children:
                gone = isinstance(key.fileobj, socket.socket)
                _finish(loop, children, key.data, gone=gone)
    for child in children:
        os.kill(child, signal.SIGKILL)


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


def _fork(client: socket.socket, server: socket.socket) -> int | None:
    try:
        request, handles, _, _ = socket.recv_fds(client, 2**20, 3)
        wanted = json.loads(request)
    except (OSError, ValueError):
        client.close()
        return None
    _load(wanted["argv"])
    # What is imported stays: collections in the children pass over it, an eighth of a rendering.
    gc.freeze()
    child = os.fork()
    if child:
        for handle in handles:
            os.close(handle)
        return child
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        server.close()
        client.close()
        for stream, handle in enumerate(handles):
            os.dup2(handle, stream)
        os.chdir(wanted["folder"])
        os.environ.clear()
        os.environ.update(wanted["environment"])
        from tegum.build.stages import main as run

        status = run(wanted["argv"])
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


@cache
def _graph() -> Any:
    import grimp

    return grimp.build_graph("tegum", include_external_packages=True, cache_dir=None)


def _load(argv: Sequence[str]) -> None:
    """Import what the stage will need, so that later children find it imported."""
    wanted = list(BASE)
    with contextlib.suppress(Exception):
        stage = argv[2] if argv[0] == "row" else MODULES[argv[0]]
        above = _graph().find_upstream_modules(f"tegum.studies.{argv[1]}.{stage}")
        wanted += [m for name in sorted(LIBRARIES.keys() & above) for m in LIBRARIES[name]]
    for module in wanted:
        with contextlib.suppress(ImportError):
            import_module(module)


def _ask(argv: Sequence[str]) -> int | None:
    """Let the server run a stage; None when there is no server."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        client.connect(ADDRESS)
        environment = dict(os.environ)
        wanted = {"argv": list(argv), "folder": os.getcwd(), "environment": environment}
        handles = array.array("i", [0, 1, 2])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handles)]
        client.sendmsg([json.dumps(wanted).encode()], rights)
    except OSError:
        return None
    answer = client.recv(64)
    return int(answer) if answer else 1


def main() -> int:
    """`serve PARENT`, or a stage's arguments."""
    argv = sys.argv[1:]
    if argv[:1] == ["serve"]:
        serve(int(argv[1]))
        return 0
    status = _ask(argv) if hasattr(socket, "SOCK_SEQPACKET") else None
    if status is None:
        from tegum.build.stages import main as run

        return run(argv)
    return abs(status)


if __name__ == "__main__":
    sys.exit(main())
