"""What the Snakefile calls before it plans: parameters checked, fingerprints and records fresh."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tegum.build import fingerprints, records
from tegum.build.project import CODE, Project, study_names
from tegum.data import files, row_cache
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL

LOCKS = Path(".snakemake/locks")


class Workflow(Project):
    """A project with what a build does beside its jobs."""

    def remember_rows(self) -> None:
        """Before a build: link the bucket files that are there into the local row cache.

        What they are is noted first: a link changes what the system knows of a file's age.
        """
        self.witness()
        for study in self.studies:
            folder = Path(self.layout.data(study))
            for stage in ("generate", "train", "fit", "control"):
                for rows in sorted(folder.glob(f"{stage}/*/*.nc")):
                    row_cache.remember(str(rows), study, stage)
        row_cache.trim()

    def witness(self) -> None:
        """Note what the files are that builds made, also one that failed or was killed."""
        for study in self.studies:
            records.witness(self.layout, study, self.files(study))

    def restore(self) -> None:
        """Make the records say what the files are, also those that came with DVC or git."""
        for study in self.studies:
            records.restore(self.layout, study, self.files(study))
        self._restore_ledger()

    def _restore_ledger(self) -> None:
        """The ledger has no seal: it is right when it holds the claims of all studies."""
        ledger = self.layout.ledger()
        try:
            right = files.read_json(ledger) == self.ledger()
        except TegumError:
            right = False
        if right:
            records.adopt(ledger, self.claims_files())
        else:
            records.disown(ledger)


def refresh_code(studies: list[str]) -> dict[str, dict[str, str]]:
    """Fingerprints of all studies; `workflow/code.json` is rewritten when they changed."""
    code = fingerprints.fingerprints(studies)
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


def prepare(config: Mapping[str, str], main: bool) -> Workflow:
    """The project that the rules ask. Exits with one line per problem before any job starts.

    Args:
        config: Snakemake's config: `scale`, `device`.
        main: whether this is the main process; jobs change nothing here.
    """
    try:
        scale, device = str(config.get("scale", "laptop")), config.get("device")
        code = refresh_code(study_names()) if main else files.read_json(CODE)
        project = Workflow(scale, device, code)
        _ = project.plans
        if main:
            unlock()
            project.restore()
    except TegumError as error:
        print(f"error: {error}".replace("\n", "\nerror: "), file=sys.stderr)
        sys.exit(1)
    return project
