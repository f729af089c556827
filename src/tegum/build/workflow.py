"""What the Snakefile calls before it plans: parameters checked, fingerprints and records fresh."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tegum.build import fingerprints, recipes, records
from tegum.build.project import CODE, Project, study_names
from tegum.data import files, row_cache
from tegum.data.digests import Digests
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.experiment.params import ROW_STAGES

LOCKS = Path(".snakemake/locks")


class Workflow(Project):
    """A project with what a build does beside its jobs."""

    def remember_rows(self) -> None:
        """Before a build: link the bucket files that are there into the local row cache."""
        for study in self.studies:
            folder = Path(self.layout.data(study))
            for stage in ROW_STAGES:
                for rows in sorted(folder.glob(f"{stage}/*/*.nc")):
                    row_cache.remember(str(rows), study, stage)
        row_cache.trim()

    def restore(self) -> None:
        """Make Snakemake's records say what the files are, also those from DVC, git or a hand."""
        digests = Digests()
        for study in self.studies:
            makings = records.Makings(self.layout.provenance(study), digests)
            for recipe in recipes.recipes(self, study):
                records.put(recipe, makings.of(recipe))
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
