"""The project as a whole: which studies there are, their parameters, plans and files."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tegum.build import fingerprints
from tegum.data.files import read_text
from tegum.errors import TegumError
from tegum.experiment.layout import Layout, keys_of
from tegum.experiment.params import (
    NAME,
    RESERVED,
    ROW_STAGES,
    SCALES,
    Input,
    StudyParams,
    overlay,
)
from tegum.experiment.rooms import load, source_files
from tegum.experiment.sweep import Job, Plan, canonical, digest
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml
from tegum.figures import collect
from tegum.figures import names as figure_names
from tegum.ledger.claim import read_claims

if TYPE_CHECKING:
    from tegum.build.execute import Build

CODE = "workflow/code.json"
PUBLISHED = Path("params/paper/_published.yaml")
"""Study to those of its sweeps that were measured at paper scale, and are published."""
SEVERAL = ""
"""In place of the name of a sweep: more than one of them makes a row."""


def ignored() -> list[str]:
    """Stems of what lies beside the params files and is none: hidden files, and backups."""
    return sorted(p.stem for p in Path("params").glob("*.yaml") if "." in p.stem)


def study_names() -> list[str]:
    """Names of the studies: those with a file `params/<study>.yaml`.

    Raises:
        TegumError: outside a project, or for a name that would leave its folder.
    """
    if not Path("params").is_dir():
        raise TegumError("no folder params/ here: run this in the project's root")
    names = sorted({p.stem for p in Path("params").glob("*.yaml")} - set(ignored()))
    wrong = [n for n in names if not NAME.fullmatch(n)]
    if wrong:
        raise TegumError(f"params/{wrong[0]}.yaml: name a study with a-z, 0-9 and _, letter first")
    taken = [n for n in names if n in RESERVED]
    if taken:
        raise TegumError(
            f"params/{taken[0]}.yaml: {taken[0]!r} is the name of a scale, a rule or a verb; "
            "rename the study"
        )
    return names


def published_sweeps() -> dict[str, list[str]]:
    """What `PUBLISHED` says of the studies that there are; nothing where there is no such file."""
    if not PUBLISHED.is_file():
        return {}
    found = parse_yaml(read_text(PUBLISHED), str(PUBLISHED))
    for study, sweeps in found.items():
        if not isinstance(sweeps, list) or not sweeps:
            raise TegumError(f"{PUBLISHED}: {study}: expected a list of sweeps")
    return {study: found[study] for study in study_names() if study in found}


class Project:
    """All studies at one scale.

    Args:
        scale: `laptop`, `smoke` or `paper`.
        device: `cpu` or `cuda`; by default cpu, and cuda at paper scale.
        fingerprints: code fingerprints; computed from the installed package when not given.
        study: with it, all but this study and those that it reads are left out.
        published: whether only the sweeps are wanted that are published of the paper scale.
    """

    def __init__(
        self,
        scale: str = "laptop",
        device: str | None = None,
        fingerprints: dict[str, dict[str, str]] | None = None,
        study: str | None = None,
        published: bool = False,
    ) -> None:
        if scale not in SCALES:
            raise TegumError(f"scale {scale!r}: expected one of {', '.join(SCALES)}")
        self.scale = scale
        self.device = device or ("cuda" if scale == "paper" else "cpu")
        if self.device not in ("cpu", "cuda"):
            raise TegumError(f"device {self.device!r}: expected cpu or cuda")
        if published and scale != "paper":
            raise TegumError(f"published: only of scale paper; {scale} is published as a whole")
        self.layout = Layout(scale)
        self.published = published_sweeps() if published else None
        """Study to the sweeps that are wanted of it; None where all are."""
        self.studies = study_names() if self.published is None else list(self.published)
        self._read: dict[str, StudyParams] = {}
        self._plans: dict[str, Plan] = {}
        self._jobs: dict[tuple[str, str, str], dict[str, Job]] = {}
        self._makers: dict[tuple[str, str], dict[str, str]] = {}
        self._files: dict[tuple[str, str], list[str]] = {}
        if study in self.studies:
            self.studies = self._with_inputs(study)
        self._code = fingerprints

    def _with_inputs(self, study: str) -> list[str]:
        """A study and those that it reads, also through others."""
        found = [study]
        for name in found:
            read = {entry.study for entry in self._params_of(name).all_inputs()} - set(found)
            found += sorted(read & set(self.studies))
        return sorted(found)

    def _params_of(self, study: str) -> StudyParams:
        if study not in self._read:
            self._read[study] = load_params(study, self.scale)
            if self.published is not None:
                chosen = self.published.get(study, [])
                self._read[study] = _with_sweeps(self._read[study], study, chosen)
        return self._read[study]

    @cached_property
    def code(self) -> dict[str, dict[str, str]]:
        """Study to stage to code fingerprint."""
        return self._code or fingerprints.fingerprints(self.studies)

    @cached_property
    def params(self) -> dict[str, StudyParams]:
        """Validated parameters of every study; all problems of all files at once."""
        found, problems = {}, []
        for study in self.studies:
            try:
                found[study] = self._params_of(study)
            except TegumError as error:
                problems.append(str(error))
        for study, params in found.items():
            unlisted = [] if self.published is None else _unlisted(study, params, self.published)
            problems += unlisted or _input_problems(study, params, found, set(self.studies))
        if problems:
            raise TegumError("\n".join(problems))
        return found

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """Cells, keys and jobs of every study."""
        _ = self.params
        return {study: self.plan(study) for study in self.studies}

    def plan(self, study: str) -> Plan:
        """Cells, keys and jobs of one study; of the others, those that it reads are looked at.

        Raises:
            TegumError: for a study that reads itself, also through others, or lacks a stage.
        """
        return self._planned(study, ())

    def _planned(self, study: str, path: tuple[str, ...]) -> Plan:
        if study in path:
            raise TegumError(f"params: studies read each other in a ring: {' -> '.join(path)}")
        if study not in self._plans:
            params = self._params_of(study)
            others = {i.study: self._planned(i.study, (*path, study)) for i in params.all_inputs()}
            code = self.code.get(study, {})
            known = {name.split("/")[0] for name in code}
            absent = [s for s in params.CHAIN if s not in known]
            if absent:
                raise TegumError(f"studies/{study}/{absent[0]}.py: missing")
            self._plans[study] = Plan(study, params, code, self.device, others)
        return self._plans[study]

    def check_study(self, study: str) -> None:
        """Raises `TegumError` for a study that there is not."""
        if study not in self.studies:
            raise TegumError(f"no study {study!r}; expected one of {', '.join(self.studies)}")

    @cached_property
    def build(self) -> "Build":
        """The stages of all studies, on the files of this scale."""
        from tegum.build.execute import Build, Files

        return Build(self.plans, Files(self.layout))

    def figures(self, study: str) -> tuple[str, ...]:
        """Names of a study's figures, read from the source of its `figures`.

        Where only some sweeps are wanted, those that can be drawn of them.
        """
        files = source_files(study, "figures")
        found = tuple(n for file in files for n in figure_names(read_text(file)))
        if not found or self.published is None:
            return found
        declared, sweeps = collect(load(study, "figures")), self.params[study].sweeps
        return tuple(
            n for n in found if declared[n].sweeps and set(declared[n].sweeps) <= {*sweeps}
        )

    def job(self, study: str, stage: str, sweep: str, bucket: str) -> Job:
        """One job by name. Raises `TegumError` when the parameters know no such job."""
        if (study, stage, sweep) not in self._jobs:
            plan = self.plan(study) if study in self.studies else None
            if plan is None or sweep not in plan.params.sweeps or stage not in plan.stages(sweep):
                raise TegumError(f"no stage {stage} of {study}/{sweep} in params/{study}.yaml")
            self._jobs[study, stage, sweep] = {j.bucket: j for j in plan.jobs(sweep, stage)}
        jobs = self._jobs[study, stage, sweep]
        if bucket not in jobs:
            raise TegumError(f"no bucket {bucket} in {study}/{stage}/{sweep}")
        return jobs[bucket]

    def row_jobs(self, study: str) -> list[Job]:
        """All jobs of all row stages of a study."""
        plan = self.plan(study)
        return [j for w in plan.params.sweeps for s in plan.stages(w) for j in plan.jobs(w, s)]

    def has_twin(self, job: Job) -> bool:
        """Whether another sweep makes one of the rows of a job too.

        Where the two do not run at the same time, the later one finds the rows of the first.
        """
        place = job.study, job.stage
        if place not in self._makers:
            plan, makers = self.plan(job.study), self._makers.setdefault(place, {})
            for sweep in plan.params.sweeps:
                for other in plan.jobs(sweep, job.stage) if job.stage in plan.stages(sweep) else ():
                    for key in other.keys:
                        makers[key] = sweep if makers.get(key, sweep) == sweep else SEVERAL
        return any(self._makers[place][key] == SEVERAL for key in job.keys)

    def row_files(self, job: Job) -> list[str]:
        """The two files that a job writes."""
        rows = self.layout.rows(job.study, job.stage, job.sweep, job.bucket)
        return [rows, keys_of(rows)]

    def job_inputs(self, job: Job) -> list[str]:
        """The files that a job reads."""
        files: list[str] = []
        for stage, places in job.reads.items():
            for bucket in sorted({b for b, _ in places}):
                rows = self.layout.rows(job.study, stage, job.sweep, bucket)
                files += [rows, keys_of(rows)]
        plan = self.plan(job.study)
        if job.stage == next(iter(plan.stages(job.sweep)), None):
            files += self.other_files(job.study, job.sweep)
        return files

    def other_files(self, study: str, sweep: str) -> list[str]:
        """The files of other studies that a sweep reads."""
        if (study, sweep) not in self._files:
            read = [job for _, rows in self.plan(study).input_rows(sweep) for job, _ in rows]
            files = dict.fromkeys(f for job in read for f in self.row_files(job))
            self._files[study, sweep] = list(files)
        return self._files[study, sweep]

    def sweep_inputs(self, study: str, sweep: str) -> list[str]:
        """The files that `measure` reads for one sweep."""
        plan = self.plan(study)
        jobs = [j for stage in plan.stages(sweep) for j in plan.jobs(sweep, stage)]
        files = [f for j in jobs for f in self.row_files(j)]
        return files or self.other_files(study, sweep)

    def sweep_summary(self, study: str, sweep: str) -> dict[str, str]:
        """What `measure` depends on beside its files, as canonical text."""
        view = self.plan(study).view(sweep)
        plan = self.plan(study)
        return {
            "axes": canonical(view.axes),
            "fixed": canonical(view.params.model_dump(exclude=set(view.axes))),
            "code": plan.code_of(sweep, "measure"),
            "inputs": digest(plan.measure_inputs(sweep)),
        }

    def figure_files(self, study: str) -> list[str]:
        """All rendered figures of a study, and the script that the interactive ones share."""
        names = self.figures(study)
        if not names:
            return []
        files = [self.layout.figure(study, n, s) for n in names for s in ("svg", "png", "html")]
        return [*files, self.layout.figure(study, "bokeh", "min.js")]

    def claims_files(self) -> list[str]:
        """The claims of every study, of which the ledger is made."""
        return [self.layout.results(s, "claims") for s in self.studies]

    def claims_of(self, study: str) -> dict[str, dict[str, Any]]:
        """The claims of one study by name, without the study's."""
        rows = read_claims(self.layout.results(study, "claims"))
        return {row["id"].split(".", 1)[1]: row for row in rows}

    def ledger(self) -> list[dict[str, Any]]:
        """The claims of all studies. Raises `TegumError` where a study has none yet."""
        return [row for file in self.claims_files() for row in read_claims(file)]

    def measured(self, study: str) -> list[str]:
        """The Dataset of every sweep of a study."""
        return [self.layout.measure(study, w) for w in self.plan(study).params.sweeps]

    def files(self, study: str) -> list[str]:
        """Every file of every stage of a study: all are targets, so that none goes missing."""
        rows = [f for j in self.row_jobs(study) for f in self.row_files(j)]
        results = [self.layout.results(study, n) for n in ("claims", "metrics")]
        return [*rows, *self.measured(study), *results, *self.figure_files(study)]


def load_params(study: str, scale: str) -> StudyParams:
    """Validated parameters of one study at one scale."""
    where = f"params/{study}.yaml"
    raw = parse_yaml(read_text(where), where)
    over = Path("params", scale, f"{study}.yaml")
    if scale != "laptop" and over.is_file():
        raw = overlay(raw, parse_yaml(read_text(over), str(over)))
        where = str(over)
    try:
        module = load(study, "params")
    except ModuleNotFoundError:
        raise TegumError(
            f"params/{study}.yaml: no study of this name in src/tegum/studies; "
            f"run tegum new-study {study}, or remove the file"
        ) from None
    return validate(module.Params, raw, where)


def _with_sweeps(params: StudyParams, study: str, chosen: list[str]) -> StudyParams:
    """The parameters with some of their sweeps alone."""
    unknown = [name for name in chosen if name not in params.sweeps]
    if unknown:
        raise TegumError(f"{PUBLISHED}: {study} has no sweep {unknown[0]!r} at paper scale")
    sweeps = {name: sweep for name, sweep in params.sweeps.items() if name in chosen}
    return params.model_copy(update={"sweeps": sweeps})


def _unlisted(study: str, params: StudyParams, published: dict[str, list[str]]) -> list[str]:
    """What is read and not published."""
    return [
        f"{PUBLISHED}: {study} reads {entry.study}/{entry.sweep}; add that sweep"
        for entry in params.all_inputs()
        if entry.sweep not in published.get(entry.study, [])
    ]


def _input_problems(
    study: str, params: StudyParams, found: dict[str, StudyParams], known: set[str]
) -> list[str]:
    lists = {f"sweeps.{name}.inputs": s.inputs or [] for name, s in params.sweeps.items()}
    if any(sweep.inputs is None for sweep in params.sweeps.values()):
        lists["inputs"] = params.inputs
    problems = []
    for place, entries in lists.items():
        for i, entry in enumerate(entries):
            path = f"params/{study}.yaml: {place}.{i}"
            if entry in entries[:i]:
                problems.append(f"{path}: the same rows are read twice; remove one of the two")
            if entry.study not in known:
                problems.append(f"{path}.study: no study {entry.study!r}; expected one of {known}")
            elif entry.study in found:
                problems += [f"{path}{p}" for p in _unreadable(entry, found[entry.study])]
    return problems


def _unreadable(entry: Input, other: StudyParams) -> list[str]:
    """Why the rows of an entry are not there, with the place in it."""
    if entry.sweep not in other.sweeps:
        return [f".sweep: {entry.study} has no sweep {entry.sweep!r}"]
    if entry.stage not in other.CHAIN or entry.stage not in ROW_STAGES:
        return [f".stage: {entry.study} has no row stage {entry.stage!r}"]
    axes = other.sweeps[entry.sweep].axes
    return [
        f".select.{a}: found {values}, "
        f"expected values of {entry.study}/{entry.sweep}: {axes.get(a, 'no such axis')}"
        for a, values in entry.select.items()
        if not set(values) <= set(axes.get(a, []))
    ]
