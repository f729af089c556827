"""What the Snakefile calls before it plans: parameters checked, fingerprints and records fresh."""

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tegum.build import captions, dvc, forkserver, recipes, records
from tegum.build.fresh import FRESH, told
from tegum.build.loaded import planned
from tegum.build.project import CODE, Project, ignored, study_names
from tegum.data import files, row_cache
from tegum.data.digests import Digests
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.experiment.params import ROW_STAGES

LOCKS = Path(".snakemake/locks")
SETTINGS = ("scale", "device", "published", "fresh")
"""What `--config` understands."""
PATIENT = (50_000, 20, 50)
"""Thresholds of the garbage collector: a plan is many objects that stay, and looking for garbage
among them took a quarter of the time."""


GRACE = 15.0
"""Seconds that jobs have to end after Ctrl-C, which they get as well."""


class Workflow(Project):
    """A project with what a build does beside its jobs."""

    main = True
    """False in a job that Snakemake started elsewhere, which is told what to make."""

    def targets(self, study: str) -> list[str]:
        """Every file of a study; none in a job, so that it need not plan what it does not make."""
        return self.files(study) if self.main else []

    def remember_rows(self) -> None:
        """Before a build: link the bucket files that are there into the local row cache."""
        for study in self.studies:
            folder = Path(self.layout.data(study))
            for stage in ROW_STAGES:
                for rows in sorted(folder.glob(f"{stage}/*/*.nc")):
                    row_cache.remember(str(rows), study, stage)
        row_cache.trim()
        self._started = time.time()

    def tell(self) -> None:
        """After a build that computed all anew: how its rows differ from those that were known."""
        if FRESH in os.environ:
            print(told(Path("logs", self.scale), self._started), file=sys.stderr)

    def restore(self) -> None:
        """Make Snakemake's records say what the files are, also those from DVC, git or a hand."""
        digests = Digests()
        for study in self.studies:
            makings = records.Makings(self.layout.provenance(study), digests)
            for recipe in recipes.recipes(self, study):
                records.put(recipe, None if FRESH in os.environ else makings.of(recipe))
        self._restore_ledger()
        digests.save()

    def _restore_ledger(self) -> None:
        """No seal holds the ledger: it is right when it holds the claims of all studies."""
        recipe = recipes.ledger(self)
        try:
            right = files.read_json(self.layout.ledger()) == self.ledger()
        except TegumError:
            right = False
        inputs = records.read(recipe.inputs)
        records.put(recipe, records.Making(params=[], inputs=inputs, outputs={}) if right else None)


def refresh_code(studies: list[str]) -> dict[str, dict[str, str]]:
    """Fingerprints of all studies; `workflow/code.json` is rewritten when they changed."""
    code = planned(studies)
    if not Path(CODE).is_file() or files.read_json(CODE) != code:
        files.write_json(CODE, code)
    return code


def unlock() -> None:
    """Remove the locks of a Snakemake that was killed; not those of one that is alive."""
    if files.alone(LOCAL / "running"):
        for lock in LOCKS.glob("*.lock"):
            files.forget(lock)


def unhurried(workflow: Any) -> None:
    """Switch off the limit of jobs per time of a Snakemake that is about to run jobs here.

    Each evaluation of a scheduler with a limit, which is always set (100/1s unless one says
    otherwise), starts a timer that causes the next evaluation, beside those that ended jobs cause:
    after a hundred jobs Snakemake 9.27 evaluates a hundred times in a second. No value of
    `max-jobs-per-timespan` stops that. Elsewhere than here the limit protects a cluster, and stays.
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


def serve_jobs(workflow: Any, *, starting: bool) -> None:
    """Start the server of warm processes on the machine where the jobs run, which need not be this.

    On a node of a cluster the Snakemake that was submitted there starts one more for each job of
    its group: they find the server of the first, and so share one import. A server on the machine
    that submits would run the jobs outside of what the cluster has given them.

    Args:
        starting: whether a build starts its jobs; else the Snakefile is read.
    """
    here = workflow.local_exec and not workflow.remote_exec
    on_a_node = workflow.remote_exec and forkserver.SOCKET not in os.environ
    if here if starting else on_a_node:
        forkserver.start()


def _plan_with_own_records() -> None:
    """Give Snakemake the records of this process, where those of the project cannot be written."""
    if records.home() != records.SNAKEMAKE:
        import snakemake.workflow

        persistence = snakemake.workflow.FilePersistence

        def own(**options: Any) -> Any:
            return persistence(**{**options, "path": records.home()})

        snakemake.workflow.FilePersistence = own


def _settings(config: Mapping[str, Any]) -> tuple[str, str | None, bool, bool]:
    """Scale, device, whether only what is published is wanted, and whether all is computed anew.

    Raises:
        TegumError: for other settings.
    """
    for name in config.keys() - set(SETTINGS):
        near = get_close_matches(str(name).lower(), SETTINGS, 1)
        meant = f"; did you mean {near[0]}?" if near else f"; expected one of {', '.join(SETTINGS)}"
        raise TegumError(f"--config {name}: no such setting{meant}")
    said = {name: str(config.get(name, False)).lower() for name in ("published", "fresh")}
    for name, value in said.items():
        if value not in {"true", "false"}:
            raise TegumError(f"--config {name}={value}: expected true or false")
    published, fresh = (value == "true" for value in said.values())
    return str(config.get("scale", "laptop")), config.get("device"), published, fresh


def prepare(config: Mapping[str, Any], main: bool) -> Workflow:
    """The project that the rules ask. Exits with one line per problem before any job starts.

    Args:
        config: Snakemake's config: `SETTINGS`.
        main: whether this is the main process; jobs change nothing here.
    """
    gc.set_threshold(*PATIENT)
    try:
        scale, device, published, fresh = _settings(config)
        code = refresh_code(study_names()) if main else files.read_json(CODE)
        project = Workflow(scale, device, code, published=published)
        project.main = main
        if fresh:
            os.environ[FRESH] = "1"
        if main:
            _end_when_told()
            _ = project.plans
            _loggers_are_there(project)
            _plan_with_own_records()
            for name in ignored():
                print(f"params/{name}.yaml: ignored, hidden or a backup", file=sys.stderr)
            unlock()
            project.restore()
            in_step(project)
            captions.write(project)
    except TegumError as error:
        print(f"error: {error}".replace("\n", "\nerror: "), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit("interrupted")
    return project


def _end_when_told() -> None:
    """Let Ctrl-C end a build, whatever Snakemake is at.

    While it runs coroutines, asyncio's own handler would take the signal and may lose it; and it
    waits without a limit for jobs that have not heard it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    heard, tell = os.pipe()
    threading.Thread(target=_kill_jobs, args=(heard,), daemon=True).start()

    def told(number: int, frame: Any) -> None:
        os.write(tell, b"x")  # a handler may not start a thread: it could wait for itself
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, told)


def _kill_jobs(heard: int) -> None:
    """Once told, kill what this process has started and is still there; it ends then, or here."""
    import psutil

    os.read(heard, 1)
    time.sleep(GRACE)
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()
    time.sleep(GRACE)
    os._exit(128 + signal.SIGINT)


def _loggers_are_there(project: Project) -> None:
    for study, params in project.params.items():
        if params.logger not in (None, "csv") and find_spec(params.logger) is None:
            raise TegumError(
                f"params/{study}.yaml: logger {params.logger}: run pip install {params.logger}, "
                "or leave it out"
            )


def in_step(project: Project) -> None:
    """Let DVC know a study that was added, before it is asked to record it."""
    if project.scale == "laptop" and "DVC_STAGE" not in os.environ:
        dvc.sync(project, project.code)
