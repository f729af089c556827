"""Whose code a command runs: that of the project that it is typed in.

An environment knows the clone that it was made in, also when it is used in a second one.
"""

import os
import sys


def go_on_with_own(cli: str) -> None:
    """Start the command anew with the code of this folder's project, where it runs another's.

    Args:
        cli: the file of `tegum.cli` that runs.
    """
    own = os.path.abspath("src")
    code = os.path.join(own, "tegum", "cli.py")
    if os.path.isfile(code) and not os.path.samefile(code, cli):
        if own in os.environ.get("PYTHONPATH", "").split(os.pathsep):
            sys.exit(f"error: {cli} runs, not this project's {code}; run make .venv/full here")
        path = os.pathsep.join(filter(None, [own, os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-m", "tegum.cli", *sys.argv[1:]]
        os.execve(sys.executable, command, environment)  # noqa: S606
