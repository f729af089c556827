"""What must run after an edit, from the rules in words; nothing here uses the code that plans.

A *recipe* is a digest of all that a file is made from. The rules: a row depends on the parameters
of its stage, or of its kind where the stage has several (with the sweep's overrides and the cell's
axes), its seed, the code that the stage imports, and the rows that it reads; equal rows of two
sweeps are one row. A job makes one bucket of rows, or one Dataset, or a study's claims, or its
figures. It runs unless its files and those that it reads are, byte for byte, what its last run here
made, or what was last recorded, of this recipe; and when a job whose file it reads runs. It
computes the rows that the local cache does not know.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

ROW_STAGES = ("generate", "train", "fit", "control")
CELL = ("experiment/cell", "experiment/seeds")
LIBRARY = {
    "generate": (*CELL, "labels"),
    "train": (*CELL, "labels"),
    "fit": (*CELL, "labels", "data/rows"),
    "control": (*CELL, "labels", "data/rows"),
    "measure": (*CELL, "labels", "data/rows"),
    "claims": ("ledger/findings", "ledger/claims", "labels", "statistics"),
    "figures": ("figures/theme", "figures/style", "figures/render", "labels", "statistics"),
}
"""Modules of tegum behind every stage of this name."""


@dataclass(frozen=True)
class Study:
    """What the rooms of the test studies hold, as their authors would say it."""

    reads: dict[str, tuple[str, ...]]
    """Row stage to the row stages whose rows it reads."""
    own: dict[str, tuple[str, ...]]
    """Stage to the modules of the room that it imports, itself included."""
    shapes: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    """Stage that has several kinds to the parameter that says which. What is said of `stage` above
    and in `DEFAULTS` is said of `stage/kind`."""


STUDIES = {
    "random_walk": Study(
        reads={"train": (), "fit": ("train",)},
        own={
            "train": ("train", "steps", "trace"),
            "fit": ("fit", "trace"),
            "measure": ("measure", "trace"),
            "claims": ("claims", "trace"),
        },
        shapes=("steps",),
    ),
    "mean_power": Study(
        reads={"fit": ()},
        own={s: (s, "trace") for s in ("fit", "measure", "claims")},
    ),
    "ridge": Study(
        reads={"generate": (), "train": ("generate",), "control": ("generate", "train")},
        own={
            "generate": ("generate", "trace"),
            "train": ("train", "solver", "trace"),
            "control": ("control", "solver", "trace"),
            "measure": ("measure", "trace"),
            "claims": ("claims", "trace"),
            "figures": ("figures", "trace"),
        },
        shapes=("samples",),
        figures=("error",),
    ),
    "curve": Study(
        reads={"train": ()},
        own={
            "train/line": ("train/line", "trace"),
            "train/wave": ("train/wave", "trace"),
            "measure": ("measure", "trace"),
            "claims": ("claims", "trace"),
        },
        shapes=("model",),
        tags={"train": "model"},
    ),
}
DEFAULTS = {
    "random_walk": {
        "train": {"drift": 0.0, "steps": 10},
        "fit": {"degree": 1},
        "measure": {"threshold": 1.0},
    },
    "mean_power": {"fit": {"power": 2.0}, "measure": {"scale": 1.0}},
    "ridge": {
        "generate": {"noise": 0.1, "samples": 12},
        "train": {"penalty": 0.1},
        "control": {"shuffles": 1},
        "measure": {"tolerance": 0.5},
    },
    "curve": {
        "train/line": {"slope": 1.0, "points": 5},
        "train/wave": {"rate": 0.5, "points": 5},
        "measure": {"offset": 0.5},
    },
}


@dataclass
class State:
    """All that a person can edit and that can matter."""

    params: dict[str, dict[str, Any]]
    """Study to the content of its params file."""
    defaults: dict[str, dict[str, dict[str, Any]]]
    """Study to section to the defaults in its `params.py`."""
    code: dict[str, float] = field(default_factory=dict)
    """Module to the number in it that an edit changed."""


Rows = dict[str, list[tuple[str, ...]]]
"""By `study/stage`, the axes (as text) by which each row can be called: one in each sweep."""


@dataclass(frozen=True)
class Job:
    """One job: its name is that of its log."""

    name: str
    files: tuple[str, ...]
    above: tuple[str, ...]
    """Names of the jobs whose files it reads."""
    recipe: str
    rows: tuple[tuple[str, str], ...] = ()
    """(axes as text, recipe) of each row in it."""

    @property
    def stage(self) -> str:
        """`study/stage` of a row job."""
        return "/".join(self.name.split("/")[:2])


def digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def inputs_of(params: dict[str, Any], sweep: str) -> list[dict[str, Any]]:
    """What a sweep reads of other studies."""
    return params["sweeps"][sweep].get("inputs", params.get("inputs", []))


class Rules:
    """The jobs of all studies for one state, and the recipe of each."""

    def __init__(self, state: State) -> None:
        self.state = state

    def modules(self, study: str, stage: str) -> dict[str, float]:
        """Edited modules behind a stage, or a kind of it."""
        own = [f"studies/{study}/{m}" for m in STUDIES[study].own[stage]]
        behind = [*own, *LIBRARY[stage.split("/")[0]]]
        return {m: v for m in behind if (v := self.state.code.get(m)) is not None}

    def sweep(self, study: str, sweep: str) -> dict[str, Any]:
        return self.state.params[study]["sweeps"][sweep]

    def kinds(self, study: str, sweep: str, stage: str) -> dict[Any, str]:
        """By the value of its tag, what each kind that a stage has in a sweep is called here."""
        if stage not in STUDIES[study].tags:
            return {None: stage}
        spec = self.sweep(study, sweep)
        values = spec["axes"].get(STUDIES[study].tags[stage], [spec.get("kind")])
        return {value: f"{stage}/{value}" for value in values}

    def kind(self, study: str, sweep: str, stage: str, cell: dict[str, Any]) -> str:
        """A stage, or the kind of it that a cell has."""
        kinds = self.kinds(study, sweep, stage)
        return kinds.get(cell.get(STUDIES[study].tags.get(stage, "")), next(iter(kinds.values())))

    def section(self, study: str, sweep: str, name: str) -> dict[str, Any]:
        """The parameters of a stage, or of a kind of it, in one sweep, without its axes.

        A kind takes those that it has.
        """
        defaults = self.state.defaults[study].get(name, {})
        stage = name.split("/")[0]
        layers = (
            defaults,
            self.state.params[study].get(stage, {}),
            self.sweep(study, sweep).get(stage, {}),
        )
        has = None if stage == name else defaults
        merged = {k: v for y in layers for k, v in y.items() if has is None or k in has}
        return {k: self.typed(study, k, v) for k, v in merged.items()}

    def typed(self, study: str, name: str, value: Any) -> Any:
        """`1` is `1.0` where the parameter is a float."""
        defaults = self.state.defaults[study].values()
        floats = any(isinstance(section.get(name), float) for section in defaults)
        return float(value) if floats else value

    def stages(self, study: str, sweep: str) -> list[str]:
        wanted = self.sweep(study, sweep).get("stages", ROW_STAGES)
        return [s for s in STUDIES[study].reads if s in wanted]

    def axes(self, study: str, sweep: str, stage: str) -> dict[str, list[Any]]:
        """Axes that a row stage depends on: its own, and those of what it reads."""
        known = {"seed", STUDIES[study].tags.get(stage, "seed")}
        for kind in self.kinds(study, sweep, stage).values():
            known |= set(self.state.defaults[study].get(kind, {}))
        for other in STUDIES[study].reads[stage]:
            known |= set(self.axes(study, sweep, other))
        axes = self.sweep(study, sweep)["axes"]
        names = sorted(axes, key=lambda a: (a == "seed", a))
        return {a: [self.typed(study, a, v) for v in axes[a]] for a in names if a in known}

    def cells(self, study: str, sweep: str, stage: str) -> list[dict[str, Any]]:
        axes = self.axes(study, sweep, stage)
        return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]

    def row(self, study: str, sweep: str, stage: str, cell: dict[str, Any]) -> str:
        """Recipe of one row; nothing of its neighbours, its bucket or the sweep's name is in it."""
        kind = self.kind(study, sweep, stage, cell)
        params = self.section(study, sweep, kind)
        first = stage == self.stages(study, sweep)[0]
        above = {}
        for other in STUDIES[study].reads[stage]:
            if other in self.stages(study, sweep):
                names = self.axes(study, sweep, other)
                above[other] = self.row(study, sweep, other, {a: cell[a] for a in names})
        return digest(
            study, stage,
            params | {a: v for a, v in cell.items() if a in params},
            cell.get("seed"),
            self.modules(study, kind),
            above,
            [recipe for _, recipe in self.foreign(study, sweep)] if first else None,
        )  # fmt: skip

    def bucket(self, study: str, sweep: str, stage: str, cell: dict[str, Any]) -> str:
        """Shapes, and a hash of the identity modulo the number of buckets."""
        first = self.axes(study, sweep, self.stages(study, sweep)[0])
        identity = [study, sweep, sorted((a, v) for a, v in cell.items() if a in first)]
        text = json.dumps(identity, separators=(",", ":"))
        index = int(hashlib.sha256(text.encode()).hexdigest()[:20], 16)
        shapes = [f"{a}{v}" for a, v in cell.items() if a in STUDIES[study].shapes]
        return "-".join([*shapes, str(index % self.sweep(study, sweep).get("buckets", 1))])

    def foreign(self, study: str, sweep: str) -> list[tuple[str, str]]:
        """(job, recipe) of the other studies' rows that a sweep reads, by their axis values."""
        found = []
        for entry in inputs_of(self.state.params[study], sweep):
            other, read, stage = entry["study"], entry["sweep"], entry.get("stage", "train")
            for cell in sorted(self.cells(other, read, stage), key=lambda c: sorted(c.items())):
                if all(cell[a] in values for a, values in entry["select"].items()):
                    bucket = self.bucket(other, read, stage, cell)
                    recipe = self.row(other, read, stage, cell)
                    found.append((f"{other}/{stage}/{read}/{bucket}", recipe))
        return found

    @cached_property
    def jobs(self) -> dict[str, Job]:
        """By name, each after those that it reads. The ledger is not among them."""
        found: dict[str, Job] = {}

        def add(name: str, files: list[str], above: list[str], *made_of: Any, **more: Any) -> None:
            above = list(dict.fromkeys(above))
            recipe = digest(name, made_of, sorted((a, found[a].recipe) for a in above))
            found[name] = Job(name, tuple(files), tuple(above), recipe, **more)

        for study in STUDIES:
            measured = []
            for sweep, spec in self.state.params[study]["sweeps"].items():
                rows = []
                for stage in self.stages(study, sweep):
                    for bucket, cells in self.buckets(study, sweep, stage).items():
                        place = f"{study}/{stage}/{sweep}/{bucket}"
                        made = tuple(
                            (json.dumps(c, sort_keys=True), self.row(study, sweep, stage, c))
                            for c in cells
                        )
                        files = [f"data/{place}.nc", f"data/{place}.keys.json"]
                        above = self.read_by(study, sweep, stage, cells)
                        add(place, files, above, [*made], rows=made)
                        rows.append(place)
                place = f"{study}/measure/{sweep}"
                fixed = self.section(study, sweep, "measure")
                axes = {a: [self.typed(study, a, v) for v in vs] for a, vs in spec["axes"].items()}
                code = self.modules(study, "measure")
                add(place, [f"data/{place}.nc"], rows, axes, fixed, code)
                measured.append(place)
            results = [f"results/{study}/{n}.json" for n in ("claims", "metrics")]
            add(f"{study}/judge", results, measured, self.modules(study, "claims"))
            if figures := STUDIES[study].figures:
                names = [f"{f}.{s}" for f in figures for s in ("svg", "png", "html")]
                files = [f"data/{study}/figures/{n}" for n in (*names, "bokeh.min.js")]
                above = [*measured, f"{study}/judge"]
                add(f"{study}/render", files, above, self.modules(study, "figures"))
        return found

    def buckets(self, study: str, sweep: str, stage: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for cell in self.cells(study, sweep, stage):
            found.setdefault(self.bucket(study, sweep, stage, cell), []).append(cell)
        return found

    def read_by(self, study: str, sweep: str, stage: str, cells: list[dict[str, Any]]) -> list[str]:
        """Names of the jobs whose rows a row job reads."""
        found = []
        for other in STUDIES[study].reads[stage]:
            if other in self.stages(study, sweep):
                names = self.axes(study, sweep, other)
                for cell in cells:
                    above = {a: cell[a] for a in names}
                    found.append(
                        f"{study}/{other}/{sweep}/{self.bucket(study, sweep, other, above)}"
                    )
        if stage == self.stages(study, sweep)[0]:
            found += [job for job, _ in self.foreign(study, sweep)]
        return found


@dataclass
class Disk:
    """What the files of one repository are, as far as the rules need to know."""

    made: dict[str, Job] = field(default_factory=dict)
    """Job to what its files were made from; also those of earlier parameters."""
    noted: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Job to the recipe and the content of its last run here; content as `stale` is told it."""
    recorded: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The same of what was last recorded, or came with a pull or a checkout."""
    unreadable: set[str] = field(default_factory=set)
    """Row jobs whose rows cannot be reused: a file is gone, or its manifest is not one."""
    damaged: set[str] = field(default_factory=set)
    """Row jobs whose netCDF file was edited by hand."""
    cache: dict[tuple[str, ...], bool] = field(default_factory=dict)
    """(study/stage, sweep, recipes of the rows) of the cached files to whether they are whole."""

    def stale(self, rules: Rules, content: Callable[[Job], str]) -> list[str]:
        """Names of the jobs that must run, the ledger aside.

        Args:
            content: what the files of a job are now, and those that it reads.
        """
        run: dict[str, None] = {}
        for name, job in rules.jobs.items():
            known = (self.noted.get(name), self.recorded.get(name))
            same = (job.recipe, content(job)) in known
            if not same or not run.keys().isdisjoint(job.above):
                run[name] = None
        return list(run)

    def build(
        self,
        rules: Rules,
        study: str = "",
        *,
        content: Callable[[Job], str] = lambda job: "",
        ledger: bool = False,
    ) -> tuple[list[str], Rows]:
        """Run the stale jobs, all or those of one study.

        Args:
            content: as for `stale`; by default, files are as the recipes say.
            ledger: whether the ledger is made again, even if nothing else is.

        Returns:
            Their names, and the rows computed: one that several jobs share by one of them.
        """
        run = [name for name in self.stale(rules, content) if name.startswith(study)]
        if run or ledger:
            self.remember()
        known = {row for key, whole in self.cache.items() if whole for row in key[2:]}
        computed: dict[str, dict[str, set[str]]] = {}
        for name in run:
            job = rules.jobs[name]
            wanted = {recipe for _, recipe in job.rows}
            for axes, recipe in job.rows:
                if recipe not in known:
                    computed.setdefault(job.stage, {}).setdefault(recipe, set()).add(axes)
            for key in [k for k, whole in self.cache.items() if not whole]:
                if key[0] == job.stage and not wanted.isdisjoint(key[2:]):
                    del self.cache[key]
            self.made[name] = job
            self.noted[name] = (job.recipe, "")
            if job.rows:
                self.cache.setdefault(self.entry(name), True)
        for names in (self.unreadable, self.damaged):
            names.difference_update(run)
        rows = {k: sorted(tuple(sorted(v)) for v in c.values()) for k, c in computed.items()}
        return run, rows

    def remember(self) -> None:
        """At its start a build puts the bucket files that are there into the cache.

        Those that it makes follow one by one.
        """
        for name, job in self.made.items():
            if job.rows and name not in self.unreadable:
                self.cache.setdefault(self.entry(name), name not in self.damaged)

    def entry(self, name: str) -> tuple[str, ...]:
        """What the cache knows a bucket file as."""
        job = self.made[name]
        return (job.stage, name.split("/")[2], *(recipe for _, recipe in job.rows))

    def keep_only(self, rules: Rules, content: Callable[[Job], str]) -> None:
        """Files are exactly those of the present parameters, whole, as after a seal or a pull."""
        self.made = dict(rules.jobs)
        self.recorded = {name: (job.recipe, content(job)) for name, job in rules.jobs.items()}
        for names in (self.unreadable, self.damaged):
            names.clear()
