"""What the faults share: stages in this process, children that die, files that change."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from repository import Repository

NOTHING = "Nothing to be done"


def in_child(action: Callable[[], Any]) -> int:
    """Run `action` in a fork of this process; how it ended, as `subprocess` would say it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = int(action() or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die(*_: Any, **__: Any) -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def run_stage(repository: Repository, *verb: str) -> int:
    """Run one stage of a repository as its job does, without Snakemake; in a child only."""
    import tegum.studies
    from tegum.build.stages import main

    for name in [n for n in sys.modules if n.startswith("tegum.studies.")]:
        del sys.modules[name]  # that of another repository
    os.chdir(repository.root)
    os.environ["TEGUM_TEST_TRACE"] = repository.environment()["TEGUM_TEST_TRACE"]
    tegum.studies.__path__[:] = [str(repository.root / "src/tegum/studies")]
    return main(verb)


def damage(file: Path, content: bytes) -> None:
    """Put other content in place of a file's, keeping its time of writing."""
    time = file.stat().st_mtime_ns
    file.chmod(0o644)
    file.write_bytes(content)
    os.utime(file, ns=(time, time))
