"""Commands of a build without the seconds that Python takes to import snakemake, dvc and xarray.

A server imports the libraries once (never tegum itself) and forks a process for each
`python -m MODULE …` that the script `python(folder)` is asked to run: with the caller's folder,
environment and streams, the module is then run as Python would run it. Jobs find a warm server
(`tegum.build.forkserver`) that was forked in the same way. The server ends when its standard input
does.
"""

import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "snakemake.cli", "snakemake.deployment.conda", "snakemake.report", "snakemake.storage",
    "snakemake.profiles", "smart_open", "dvc.cli", "dvc.commands.repro", "dvc.repo.reproduce",
    "dvc.data_cloud", "dvc_data.index", "dvc.repo.experiments.executor.local", "dvc_render.vega",
    "networkx", "ruamel.yaml", "grimp", "pydantic", "yaml", "xarray", "netCDF4",
    "pandera.xarray", "scipy.stats", "scipy.optimize", "hvplot.xarray", "matplotlib.pyplot",
)  # fmt: skip
CLIENT = """#!{python} -SEs
import array, json, os, socket, sys
client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
client.connect({address!r})
asked = {{"argv": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
client.sendmsg([json.dumps(asked).encode()], rights)
sys.exit(int(client.recv(16) or b"1"))
"""


@contextmanager
def python(folder: Path) -> Iterator[str]:
    """The path of a script that stands in for Python; the server ends with the context."""
    address, script = folder / "fork.sock", folder / "python"
    script.write_text(CLIENT.format(python=sys.executable, address=str(address)))
    script.chmod(0o755)
    command = [sys.executable, __file__, str(address)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        try:
            yield str(script)
        finally:
            server.kill()


def _serve(address: str) -> None:
    for name in LIBRARIES:
        import_module(name)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.bind(address)
    server.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    print("ready", flush=True)
    while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:
        client, _ = server.accept()
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(_answer(client))
        client.close()


def _answer(client: socket.socket) -> int:
    """Run what the client asks; one more process, so that its end by a signal is seen."""
    request, handles, _, _ = socket.recv_fds(client, 2**20, 3)
    child = os.fork()
    if child == 0:
        client.close()
        for stream, handle in enumerate(handles):
            os.dup2(handle, stream)
            os.close(handle)
        _become(**json.loads(request))
    for handle in handles:
        os.close(handle)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        client.send(str(abs(status)).encode())
    return 0


def _become(argv: list[str], folder: str, environment: dict[str, str]) -> None:
    """End as `python -m MODULE ARGUMENTS`, or `python -c CODE`, would."""
    status: object = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = [folder, *environment["PYTHONPATH"].split(":"), *sys.path[1:]]
        option, module, *rest = argv
        if module == "snakemake" and "-n" not in rest:
            _warm(os.getpid())
            os.environ["TEGUM_WARM"] = "0"
        sys.argv = [module, *rest]
        if option == "-m":
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        else:
            assert option == "-c", f"not known here: {argv}"
            exec(module, {"__name__": "__main__"})
        status = 0
    except SystemExit as error:
        status = 0 if error.code is None else error.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)


def _warm(parent: int) -> None:
    """Fork the server that tegum would start, with its libraries imported."""
    if os.fork() == 0:
        from tegum.build.forkserver import serve

        serve(parent)
        os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
