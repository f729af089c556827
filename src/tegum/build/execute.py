"""Stages of a study, run: with files, or in memory where no file is wanted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tegum.data import netcdf, row_cache
from tegum.data.rows import join, on_grid, with_axes, without_axes
from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Context
from tegum.experiment.layout import Layout
from tegum.experiment.rooms import load, module_of
from tegum.experiment.sweep import Job, Plan

if TYPE_CHECKING:
    import xarray as xr

    from tegum.data.schema import Schema
    from tegum.ledger.findings import Claim

STEPS = ("steps", "dictionary_steps")
"""Parameters that say how long something is trained."""
Rows = dict[str, "xr.Dataset"]
"""Stage, or `<study>.<sweep>` of another study, to rows."""


def schema_of(plan: Plan, stage: str, sweep: str) -> "Schema":
    """The schema of one stage's Datasets: that of the kind that the sweep has, or the stage's.

    Raises:
        TegumError: where there is none: what is not checked is not saved.
    """
    schemas = load(plan.study, "schema").SCHEMAS
    kinds = plan.kinds(sweep, stage)
    for name in (*(f"{stage}/{kind}" for kind in kinds), stage):
        if name in schemas:
            return schemas[name]
    wanted = f"{stage}/{kinds[0]}" if kinds else stage
    raise TegumError(f"studies/{plan.study}/schema.py: no schema {wanted!r} in SCHEMAS; add it")


class Store(Protocol):
    """Where rows and measured Datasets are kept."""

    def recall(self, job: Job) -> Rows:
        """Those rows of a job that are known already, by key."""
        ...

    def rows(self, job: Job, schema: "Schema") -> "xr.Dataset":
        """The rows of a job that was run."""
        ...

    def keep(self, job: Job, rows: "xr.Dataset", schema: "Schema") -> None:
        """Keep the rows of a job."""
        ...

    def measured(self, study: str, sweep: str, schema: "Schema") -> "xr.Dataset":
        """The Dataset of a sweep that was measured."""
        ...

    def keep_measured(self, study: str, sweep: str, found: "xr.Dataset", schema: "Schema") -> None:
        """Keep the Dataset of a sweep."""
        ...


@dataclass(frozen=True)
class Files:
    """The files of one scale, and the local cache of rows."""

    layout: Layout
    unchanged: Callable[[], None] = lambda: None
    """Called before anything is kept; raises where the code is not what it was planned with."""

    def _path(self, job: Job) -> str:
        return self.layout.rows(job.study, job.stage, job.sweep, job.bucket)

    def recall(self, job: Job) -> Rows:
        return row_cache.recall(job.study, job.stage, job.keys)

    def rows(self, job: Job, schema: "Schema") -> "xr.Dataset":
        return row_cache.load_rows(self._path(job), job.keys, schema)[0]

    def keep(self, job: Job, rows: "xr.Dataset", schema: "Schema") -> None:
        self.unchanged()
        row_cache.save_rows(self._path(job), rows, job.keys, schema)
        row_cache.remember(self._path(job), job.study, job.stage)

    def measured(self, study: str, sweep: str, schema: "Schema") -> "xr.Dataset":
        return netcdf.load_dataset(self.layout.measure(study, sweep), schema)

    def keep_measured(self, study: str, sweep: str, found: "xr.Dataset", schema: "Schema") -> None:
        self.unchanged()
        netcdf.save_dataset(self.layout.measure(study, sweep), found, schema)


@dataclass(frozen=True)
class Fresh(Files):
    """Files whose rows are never reused; those that were known are compared and forgotten."""

    found: dict[str, float] = field(default_factory=dict)
    """Of the rows that were known, how many there are, how many differ, and the most by which."""

    def recall(self, job: Job) -> Rows:
        return {}

    def keep(self, job: Job, rows: "xr.Dataset", schema: "Schema") -> None:
        self.unchanged()
        known = row_cache.recall(job.study, job.stage, job.keys)
        both = [(known[k], rows.isel(cell=[i])) for i, k in enumerate(job.keys) if k in known]
        by = [difference(old, new) for old, new in both]
        self.found.update(
            known=len(by), differing=sum(d > 0 for d in by), largest=max(by, default=0.0)
        )
        row_cache.drop(job.study, job.stage, job.keys)
        super().keep(job, rows, schema)


@dataclass
class Memory:
    """Nothing but this process; what is kept is checked against its schema all the same."""

    behind: Store | None = None
    """Where the rows are that were not made here."""
    _rows: dict[tuple, "xr.Dataset"] = field(default_factory=dict)
    _measured: dict[tuple, "xr.Dataset"] = field(default_factory=dict)

    def recall(self, job: Job) -> Rows:
        return {}

    def rows(self, job: Job, schema: "Schema") -> "xr.Dataset":
        place = job.study, job.stage, job.keys
        if place not in self._rows and self.behind is not None:
            return self.behind.rows(job, schema)
        return self._rows[place]

    def keep(self, job: Job, rows: "xr.Dataset", schema: "Schema") -> None:
        netcdf.check(f"{job.study}/{job.stage}/{job.sweep}/{job.bucket}", rows, schema)
        self._rows[job.study, job.stage, job.keys] = rows

    def measured(self, study: str, sweep: str, schema: "Schema") -> "xr.Dataset":
        return self._measured[study, sweep]

    def keep_measured(self, study: str, sweep: str, found: "xr.Dataset", schema: "Schema") -> None:
        netcdf.check(f"{study}/measure/{sweep}", found, schema)
        self._measured[study, sweep] = found


class Build:
    """The stages of some studies, with what they read and write in `store`."""

    def __init__(self, plans: Mapping[str, Plan], store: Store) -> None:
        self.plans, self.store = plans, store

    def row(self, job: Job, context: Context) -> dict[str, int]:
        """Compute one bucket: reuse the rows whose key is known, compute the others, keep all."""
        plan = self.plans[job.study]
        known = {k: r for k, r in self.store.recall(job).items() if not lacking(r)}
        todo = [i for i, k in enumerate(job.keys) if k not in known and job.keys.index(k) == i]
        if todo:
            rows = self._upstream(job, todo)
            if job.stage == next(iter(plan.stages(job.sweep))):
                rows |= self.other_rows(job.study, job.sweep)
            cells = [job.cells[i] for i in todo]
            made = _run(plan, job.sweep, cells, rows, context)
            known |= {job.keys[i]: row for i, row in zip(todo, made, strict=True)}
        whole = with_axes(join([without_axes(known[key]) for key in job.keys]), job.cells)
        self.store.keep(job, whole, schema_of(plan, job.stage, job.sweep))
        counts = {"computed": len(todo), "reused": len(job.keys) - len(todo)}
        return counts | ({"lacking": len(todo)} if lacking(whole) else {})

    def _upstream(self, job: Job, wanted: Sequence[int]) -> Rows:
        """Rows of the stages that the job reads, aligned with its cells `wanted`."""
        plan = self.plans[job.study]
        rows = {}
        for stage, places in job.reads.items():
            schema = schema_of(plan, stage, job.sweep)
            above = {j.bucket: j for j in plan.jobs(job.sweep, stage)}
            files = {b: self.store.rows(above[b], schema) for b in {places[i][0] for i in wanted}}
            rows[stage] = join([files[b].isel(cell=[r]) for b, r in (places[i] for i in wanted)])
        return rows

    def other_rows(self, study: str, sweep: str) -> Rows:
        """Rows of other studies that a sweep reads, named `<study>.<sweep>`, as `select` says."""
        plan = self.plans[study]
        found = {}
        inputs = zip(plan.input_names(sweep), plan.input_rows(sweep), strict=True)
        for name, (entry, rows) in inputs:
            other = self.plans[entry.study]
            schema = schema_of(other, entry.stage, entry.sweep)
            jobs = {job.bucket: job for job, _ in rows}
            files = {bucket: self.store.rows(job, schema) for bucket, job in jobs.items()}
            found[name] = join([files[job.bucket].isel(cell=[row]) for job, row in rows])
        return found

    def measure(self, study: str, sweep: str) -> None:
        """Measure all rows of a sweep, and keep one labelled Dataset on the sweep's grid."""
        plan = self.plans[study]
        module = load(study, module_of(study, "measure", plan.kinds(sweep, "measure")))
        view = plan.view(sweep)
        rows: dict[str, tuple[xr.Dataset, list[Cell]]] = {}
        for stage in plan.stages(sweep):
            jobs = plan.jobs(sweep, stage)
            schema = schema_of(plan, stage, sweep)
            parts = [self.store.rows(job, schema) for job in jobs]
            rows[stage] = join(parts), [c for j in jobs for c in j.cells]
        if hasattr(module, "by_cell"):
            aligned = {s: _along(view.cells, *r, plan.axes(sweep, s)) for s, r in rows.items()}
            found = module.by_cell(view, aligned or self.other_rows(study, sweep))
            found = on_grid(with_axes(found, view.cells), view.axes, [c.axes for c in view.cells])
        else:
            grids = {}
            for stage, (whole, cells) in rows.items():
                axes = {a: view.axes[a] for a in plan.axes(sweep, stage)}
                grids[stage] = on_grid(whole, axes, [c.axes for c in cells])
            found = module.run(view, grids or self.other_rows(study, sweep))
        sections = (s for c in view.cells for s in c.upstream.values())
        steps = max((getattr(s, name, 0) for s in sections for name in STEPS), default=0)
        if steps:
            found.attrs["steps"] = steps
        self.store.keep_measured(study, sweep, found, schema_of(plan, "measure", sweep))

    def measured(self, study: str) -> Rows:
        """The labelled Dataset of every sweep of a study."""
        plan = self.plans[study]
        return {
            sweep: self.store.measured(study, sweep, schema_of(plan, "measure", sweep))
            for sweep in plan.params.sweeps
        }

    def claims(self, study: str, scale: str) -> "list[Claim]":
        """Every finding of a study with its verdict."""
        from tegum.ledger.findings import judged

        return judged(study, scale, load(study, "claims"), self.measured(study))

    def whole(self, study: str, context: Context) -> None:
        """Run every row stage of a study and measure every sweep, in this process."""
        plan = self.plans[study]
        for sweep in plan.params.sweeps:
            for stage in plan.stages(sweep):
                for job in plan.jobs(sweep, stage):
                    self.row(job, context)
            self.measure(study, sweep)


def lacking(rows: "xr.Dataset") -> bool:
    """Whether rows say that what they need was not installed: they are made again once it is."""
    return "available" in rows and not bool(rows["available"].values.all())


def _run(
    plan: Plan, sweep: str, cells: Sequence[Cell], rows: Rows, context: Context
) -> "list[xr.Dataset]":
    """The row of each cell, computed by the module of its kind."""
    stage = cells[0].stage
    groups: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        module = module_of(plan.study, stage, plan.kinds(sweep, stage, cell))
        groups.setdefault(module, []).append(i)
    found: list[Any] = [None] * len(cells)
    for name, places in groups.items():
        own = {
            s: r.isel(cell=places) if len(groups) > 1 and s in plan.params.CHAIN else r
            for s, r in rows.items()
        }
        made = load(plan.study, name).run([cells[i] for i in places], own, context)
        if made.sizes.get("cell") != len(places):
            raise TegumError(
                f"studies/{plan.study}/{name.replace('.', '/')}.py returned "
                f"{made.sizes.get('cell')} rows for {len(places)} cells"
            )
        for row, i in enumerate(places):
            found[i] = made.isel(cell=[row])
    return found


def _along(
    cells: Sequence[Cell], rows: "xr.Dataset", own: Sequence[Cell], axes: Sequence[str]
) -> "xr.Dataset":
    """The row that each of `cells` goes back to, along `cell`."""
    at = {tuple(c.axes[a] for a in axes): i for i, c in enumerate(own)}
    return rows.isel(cell=[at[tuple(c.axes[a] for a in axes)] for c in cells])


def one_cell(
    build: Build, study: str, sweep: str, values: Sequence[str]
) -> "Iterator[tuple[str, xr.Dataset]]":
    """Run one cell of a sweep in memory; yields each stage and what it made.

    Args:
        build: where the rows of other studies are.
        values: `axis=value`, as in YAML; the first value of the axes that are not named.

    Raises:
        TegumError: for a sweep, an axis or a value that the parameters do not have.
    """
    plan = build.plans[study]
    check_sweep(plan, sweep)
    params = plan.params
    first = {axis: there[0] for axis, there in plan.view(sweep).axes.items()}
    chosen = first | values_of(plan, sweep, values)
    spec = params.sweeps[sweep].model_copy(
        update={"axes": {a: [v] for a, v in chosen.items()}, "buckets": 1}
    )
    alone = Plan(
        study,
        params.model_copy(update={"sweeps": {sweep: spec}}),
        plan.code,
        plan.device,
        plan.others,
    )
    memory = Memory(build.store)
    here = Build({**build.plans, study: alone}, memory)
    for stage in alone.stages(sweep):
        (job,) = alone.jobs(sweep, stage)
        here.row(job, Context(plan.device))
        yield stage, memory.rows(job, schema_of(alone, stage, sweep))
    here.measure(study, sweep)
    yield "measure", here.measured(study)[sweep]


def check_sweep(plan: Plan, sweep: str) -> None:
    """Raise `TegumError`, with those that there are, for a sweep that the study does not have."""
    sweeps = list(plan.params.sweeps)
    if sweep not in sweeps:
        raise TegumError(f"{plan.study} has no sweep {sweep!r}; expected one of {sweeps}")


def values_of(plan: Plan, sweep: str, texts: Sequence[str]) -> dict[str, Any]:
    """Axis to value of texts `axis=value`, as in YAML.

    Raises:
        TegumError: for an axis or a value that the sweep does not have.
    """
    axes, found = plan.view(sweep).axes, {}
    for text in texts:
        axis, _, value = text.partition("=")
        if axis not in axes:
            raise TegumError(f"{text}: {sweep} has no axis {axis!r}; expected {list(axes)}")
        match = [v for v in axes[axis] if str(v) == value or v == _number(value)]
        if not match:
            raise TegumError(f"{text}: expected one of the values {axes[axis]}")
        found[axis] = match[0]
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def difference(old: "xr.Dataset", new: "xr.Dataset") -> float:
    """Largest relative difference of two rows: 0 when equal, infinite where not comparable."""
    own = [n for n in old.data_vars if "cell" in old[n].dims]
    if set(own) - set(new.data_vars):
        return np.inf
    return max((_apart(old[name].values, new[name].values) for name in own), default=0.0)


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape != b.shape:
        return np.inf
    if a.dtype.kind not in "fiub":
        return 0.0 if (a == b).all() else np.inf
    x, y = a.astype(float), b.astype(float)
    same = (x == y) | (np.isnan(x) & np.isnan(y))
    with np.errstate(all="ignore"):
        apart = np.where(same, 0.0, np.abs(x - y) / np.maximum(np.abs(x), np.abs(y)))
    return float(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max(initial=0.0))
