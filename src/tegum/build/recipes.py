"""What each job of a study makes, from which files and parameters: what the rules say, as data."""

from dataclasses import dataclass, field

from tegum.build.project import Project
from tegum.experiment.sweep import Job

METRICS = "headlines"
"""What metrics.json holds: part of what a judgement depends on, so that a file of another content
is made anew."""


@dataclass(frozen=True)
class Recipe:
    """One job: its rule, its files, and the parameters that Snakemake records of it."""

    rule: str
    name: str
    """As people read it."""
    inputs: list[str]
    outputs: list[str]
    params: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> list[str]:
        """The parameters without their names, sorted as Snakemake has them."""
        return sorted(self.params.values(), key=repr)


def rows(project: Project, job: Job) -> Recipe:
    """One bucket of a row stage."""
    name = f"{job.stage} {job.study}/{job.sweep}/{job.bucket}"
    params = {**job.summary(), "code": job.code, "digest": job.digest}
    return Recipe(job.stage, name, project.job_inputs(job), project.row_files(job), params)


def measure(project: Project, study: str, sweep: str) -> Recipe:
    """The Dataset of one sweep."""
    out = [project.layout.measure(study, sweep)]
    inputs, params = project.sweep_inputs(study, sweep), project.sweep_summary(study, sweep)
    return Recipe("measure", f"measure {study}/{sweep}", inputs, out, params)


def judge(project: Project, study: str) -> Recipe:
    """Claims and metrics."""
    out = [project.layout.results(study, n) for n in ("claims", "metrics")]
    params = {"code": project.code[study].get("claims", ""), "metrics": METRICS}
    return Recipe("judge", f"judge {study}", project.measured(study), out, params)


def render(project: Project, study: str) -> Recipe:
    """All figures."""
    inputs = [*project.measured(study), project.layout.results(study, "claims")]
    params = {"code": project.code[study].get("figures", ""), "study": study}
    out = project.figure_files(study)
    return Recipe(f"render_{study}", f"render {study}", inputs, out, params)


def ledger(project: Project) -> Recipe:
    """The claims of all studies."""
    return Recipe("ledger", "ledger", project.claims_files(), [project.layout.ledger()])


def recipes(project: Project, study: str) -> list[Recipe]:
    """The jobs of a study, each after those whose files it reads."""
    found = [rows(project, job) for job in project.row_jobs(study)]
    found += [measure(project, study, sweep) for sweep in project.params[study].sweeps]
    found += [judge(project, study), render(project, study)]
    return [recipe for recipe in found if recipe.outputs]
