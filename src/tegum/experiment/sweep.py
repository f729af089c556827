"""From a sweep's grid to cells, keys, buckets and jobs. Pure: no file is opened here."""

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tegum.errors import TegumError
from tegum.experiment.cell import Axes, Cell, SweepView
from tegum.experiment.params import ROW_STAGES, Input, Section, StudyParams, Value
from tegum.experiment.resolve import kinds_in, read_by, row_stages, section


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal parameters give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(value: Any, length: int = 20) -> str:
    """Hexadecimal SHA-256 digest of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:length]


@dataclass(frozen=True)
class Job:
    """One bucket: cells of equal shapes that one process handles as one ensemble."""

    study: str
    stage: str
    sweep: str
    bucket: str
    cells: tuple[Cell, ...]
    keys: tuple[str, ...]
    reads: Mapping[str, tuple[tuple[str, int], ...]]
    """Upstream stage to, for each cell, (bucket, row) of the row that it reads."""
    code: str = ""
    """Code fingerprint of the stage, or those of the kinds of its cells."""

    def summary(self) -> dict[str, str]:
        """What the job depends on, as short canonical text: rule parameters that read well."""
        return dict(self._summary)

    @cached_property
    def _summary(self) -> dict[str, str]:
        axes = list(self.cells[0].axes)
        values = [[c.axes[a] for a in axes] for c in self.cells]
        sections = {id(c.params): c.params for c in self.cells}.values()  # cells share them
        return {
            "cells": canonical({"axes": axes, "values": values}),
            "fixed": canonical(_common([s.model_dump() for s in sections], axes)),
        }

    @property
    def digest(self) -> str:
        """Digest of the keys of all rows: changes when anything changes that a row depends on."""
        return digest(self.keys)


class Plan:
    """All cells, keys and jobs of one study, from its parameters and code fingerprints.

    Args:
        study: its name.
        params: its validated parameters.
        code: stage to code fingerprint.
        device: device class of the stages that train; part of every row's key.
        others: plans of the studies whose rows a sweep reads.
    """

    def __init__(
        self,
        study: str,
        params: StudyParams,
        code: Mapping[str, str],
        device: str = "cpu",
        others: Mapping[str, "Plan"] | None = None,
    ) -> None:
        self.study, self.params = study, params
        self.code, self.device = dict(code), device
        self.others = dict(others or {})
        self._jobs: dict[tuple[str, str], list[Job]] = {}
        self._read: dict[str, list[tuple[Input, list[tuple[Job, int]]]]] = {}
        self._read_keys: dict[str, list[str]] = {}
        self._keys: dict[tuple[str, str], dict[tuple, str]] = {}
        self._kinds: dict[tuple[str, str, type | None], list[str]] = {}
        self._sections: dict[tuple, Section] = {}
        self._plain: dict[int, dict[str, Any]] = {}
        self._axes: dict[tuple[str, str], list[str]] = {}
        self._values = {
            sweep: {a: [self._coerced(a, v) for v in spec.axes[a]] for a in _in_order(spec.axes)}
            for sweep, spec in params.sweeps.items()
        }

    def _coerced(self, axis: str, value: Value) -> Value:
        """`1` and `1.0` are one value where the parameter is a float."""
        sections = [c for s in self.params.CHAIN for c in self.params.kinds(s).classes.values()]
        fields = [c.model_fields.get(axis) for c in sections]
        floats = any(f is not None and f.annotation is float for f in fields)
        return float(value) if floats else value

    def stages(self, sweep: str) -> list[str]:
        """The row stages that `sweep` goes through, in the order of the chain."""
        wanted = self.params.sweeps[sweep].stages
        return [s for s in row_stages(self.params) if wanted is None or s in wanted]

    def reads(self, sweep: str, stage: str) -> list[str]:
        """The row stages that `stage` reads in this sweep."""
        return read_by(self.params, self.params.sweeps[sweep], stage)

    def axes(self, sweep: str, stage: str) -> list[str]:
        """Names of the sweep's axes that `stage` depends on, directly or through what it reads."""
        if (sweep, stage) not in self._axes:
            spec = self.params.sweeps[sweep]
            known = self.params.kinds(stage).fields(kinds_in(self.params, spec, stage)) | {"seed"}
            for other in self.reads(sweep, stage):
                known |= set(self.axes(sweep, other))
            rows = stage in ROW_STAGES
            self._axes[sweep, stage] = [a for a in self._values[sweep] if a in known or not rows]
        return self._axes[sweep, stage]

    def cells(self, sweep: str, stage: str) -> tuple[Cell, ...]:
        """The cells of one stage of one sweep, in row-major order of its axes."""
        names = self.axes(sweep, stage)
        grid = itertools.product(*(self._values[sweep][a] for a in names))
        return tuple(self._cell(sweep, stage, dict(zip(names, v, strict=True))) for v in grid)

    def _cell(self, sweep: str, stage: str, axes: Axes) -> Cell[Section]:
        upstream = {s: self._section(sweep, s, axes) for s in self.reads(sweep, stage)}
        own = self._section(sweep, stage, axes)
        return Cell(self.study, stage, axes, own, upstream, tuple(self.params.reseed))

    def _section(self, sweep: str, stage: str, axes: Axes) -> Section:
        known = self.axes(sweep, stage)
        own = {a: v for a, v in axes.items() if a in known}
        place = (sweep, stage, *((a, type(v), v) for a, v in own.items()))
        if place not in self._sections:
            spec = self.params.sweeps[sweep]
            self._sections[place] = section(self.params, spec, stage, own)
        return self._sections[place]

    def _dumped(self, section: Section) -> dict[str, Any]:
        """A section as plain values; the cells of a plan share sections, which it keeps."""
        if id(section) not in self._plain:
            self._plain[id(section)] = section.model_dump()
        return self._plain[id(section)]

    def kinds(self, sweep: str, stage: str, cell: Cell | None = None) -> list[str]:
        """Names by which the module and the schema of a stage are looked for, the best one first.

        They are the stage's own kind, then those of what it reads, the nearest first.
        """
        own = None if cell is None else type(cell.params)
        if (sweep, stage, own) not in self._kinds:
            self._kinds[sweep, stage, own] = self._find_kinds(sweep, stage, own)
        return list(self._kinds[sweep, stage, own])

    def _find_kinds(self, sweep: str, stage: str, own: type | None) -> list[str]:
        spec = self.params.sweeps[sweep]
        found = [k for k, c in self.params.kinds(stage).classes.items() if own is c]
        for name in (stage, *reversed(read_by(self.params, spec, stage))):
            kinds = kinds_in(self.params, spec, name)
            found += kinds if len(kinds) == 1 else []
        return [k for k in dict.fromkeys(found) if k]

    def code_of(self, sweep: str, stage: str, cell: Cell | None = None) -> str:
        """The code fingerprint of one stage, or of that of a cell's kind."""
        names = [f"{stage}/{kind}" for kind in self.kinds(sweep, stage, cell)]
        return next((self.code[n] for n in names if n in self.code), self.code.get(stage, ""))

    def view(self, sweep: str) -> SweepView:
        """The sweep as `measure` sees it."""
        params = self._section(sweep, "measure", {})
        return SweepView(sweep, dict(self._values[sweep]), params, self.cells(sweep, "measure"))

    def key(self, sweep: str, stage: str, cell: Cell) -> str:
        """Digest of all that the cell's row depends on; the same in every sweep of the study."""
        reads = {}
        for other in self.reads(sweep, stage):
            values = tuple(cell.axes[a] for a in self.axes(sweep, other))
            reads[other] = self._key_of(sweep, other, values)
        streams = {a: v for a, v in cell.axes.items() if a == "seed" or a in cell.reseed}
        return digest(
            {
                "study": self.study,
                "stage": stage,
                "params": self._dumped(cell.params),
                "streams": streams,
                "code": self.code_of(sweep, stage, cell),
                "device": self.device,
                "reads": reads,
                "inputs": self._input_keys(sweep) if stage == self._first_stage(sweep) else [],
            }
        )

    def _key_of(self, sweep: str, stage: str, values: tuple) -> str:
        """The key of the cell with these values of the axes of its stage, which many may read."""
        known = self._keys.setdefault((sweep, stage), {})
        if values not in known:
            axes = dict(zip(self.axes(sweep, stage), values, strict=True))
            known[values] = self.key(sweep, stage, self._cell(sweep, stage, axes))
        return known[values]

    def _first_stage(self, sweep: str) -> str:
        return next(iter(self.stages(sweep)), "measure")

    def _input_keys(self, sweep: str) -> list[str]:
        """Keys of the other studies' rows that a sweep reads."""
        if sweep not in self._read_keys:
            read = self.input_rows(sweep)
            self._read_keys[sweep] = [job.keys[row] for _, rows in read for job, row in rows]
        return self._read_keys[sweep]

    def measure_inputs(self, sweep: str) -> list[str]:
        """Keys of the other studies' rows that `measure` itself reads: where no stage does."""
        return [] if self.stages(sweep) else self._input_keys(sweep)

    def input_names(self, sweep: str) -> list[str]:
        """What the rows of each entry of `inputs` are called: `<study>.<sweep>`, with `.<stage>`
        where several stages of one sweep are read."""
        inputs = self.params.inputs_of(sweep)
        short = [f"{entry.study}.{entry.sweep}" for entry in inputs]
        return [
            name if short.count(name) == 1 else f"{name}.{entry.stage}"
            for name, entry in zip(short, inputs, strict=True)
        ]

    def input_rows(self, sweep: str) -> list[tuple[Input, list[tuple[Job, int]]]]:
        """Per entry of `inputs`, the job and place of each row of another study that is read.

        In the order of their axis values, whatever order and buckets the other study gives them.

        Raises:
            TegumError: for an entry that selects nothing.
        """
        if sweep not in self._read:
            self._read[sweep] = self._find_inputs(sweep)
        return self._read[sweep]

    def _find_inputs(self, sweep: str) -> list[tuple[Input, list[tuple[Job, int]]]]:
        found = []
        for entry in self.params.inputs_of(sweep):
            jobs = self.others[entry.study].jobs(entry.sweep, entry.stage)
            rows = [
                (_order(cell.axes), job, row)
                for job in jobs
                for row, cell in enumerate(job.cells)
                if all(cell.axes.get(a) in values for a, values in entry.select.items())
            ]
            if not rows:
                raise TegumError(
                    f"params/{self.study}.yaml: inputs: no row of {entry.study}/{entry.sweep} at "
                    f"stage {entry.stage} has the values {entry.select}"
                )
            rows.sort(key=lambda r: r[0])
            found.append((entry, [(job, row) for _, job, row in rows]))
        return found

    def bucket(self, sweep: str, stage: str, cell: Cell) -> str:
        """Name of the cell's bucket: its shape, then the hash of its identity."""
        spec = self.params.sweeps[sweep]
        shape = [f"{a}{v}" for a, v in cell.axes.items() if a in self.params.shapes()]
        first = self.axes(sweep, self._first_stage(sweep))
        identity = [
            self.study,
            sweep,
            sorted((a, v) for a, v in cell.axes.items() if a in first),
        ]
        index = int(digest(identity), 16) % spec.buckets
        name = "-".join([*shape, str(index)])
        safe = re.sub(r"[^A-Za-z0-9.=_-]", "-", name)
        return safe if safe == name else f"{safe}-{digest(name)[:8]}"

    def jobs(self, sweep: str, stage: str) -> list[Job]:
        """The jobs of one row stage of one sweep, by bucket."""
        if (sweep, stage) not in self._jobs:
            self._jobs[sweep, stage] = self._make_jobs(sweep, stage)
        return self._jobs[sweep, stage]

    def _make_jobs(self, sweep: str, stage: str) -> list[Job]:
        buckets: dict[str, list[Cell]] = {}
        for cell in self.cells(sweep, stage):
            buckets.setdefault(self.bucket(sweep, stage, cell), []).append(cell)
        above = {s: self._places(sweep, s) for s in self.reads(sweep, stage)}
        jobs = []
        for bucket, cells in sorted(buckets.items()):
            reads = {}
            for other, places in above.items():
                names = self.axes(sweep, other)
                reads[other] = tuple(places[tuple(c.axes[a] for a in names)] for c in cells)
            keys = tuple(self.key(sweep, stage, c) for c in cells)
            known = self._keys.setdefault((sweep, stage), {})
            known.update(zip((tuple(c.axes.values()) for c in cells), keys, strict=True))
            codes = dict.fromkeys(self.code_of(sweep, stage, c) for c in cells)
            code = "-".join(codes)
            jobs.append(Job(self.study, stage, sweep, bucket, tuple(cells), keys, reads, code))
        return jobs

    def _places(self, sweep: str, stage: str) -> dict[tuple, tuple[str, int]]:
        """Bucket and row of each cell, by the values of its axes."""
        return {
            tuple(cell.axes.values()): (job.bucket, row)
            for job in self.jobs(sweep, stage)
            for row, cell in enumerate(job.cells)
        }


def _common(sections: list[dict[str, Any]], axes: list[str]) -> dict[str, Any]:
    """The parameters of cells that are no axes: one value, or, where they differ, all of them."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(n for s in sections for n in s):
        if name not in axes:
            values = [s[name] for s in sections if name in s]
            different = _different(values)
            found[name] = different[0] if len(different) == 1 else different
    return found


def _different(values: list[Any]) -> list[Any]:
    """Values without those that equal an earlier one."""
    try:
        return list(dict.fromkeys(values))
    except TypeError:  # a list has no hash
        return [v for i, v in enumerate(values) if v not in values[:i]]


def _in_order(axes: Iterable[str]) -> list[str]:
    """Axes by name, `seed` last: the order of keys in a file means nothing."""
    return sorted(axes, key=lambda axis: (axis == "seed", axis))


def _order(axes: Axes) -> list[tuple[str, bool, Value]]:
    return [(a, isinstance(axes[a], str), axes[a]) for a in sorted(axes)]


def row_order(axes: Mapping[str, Sequence[Value]], cells: Sequence[Axes]) -> list[int]:
    """Position in `cells` of each point of the grid `axes`, in row-major order.

    Raises:
        ValueError: when a point of the grid is not among the cells.
    """
    at = {tuple(c[a] for a in axes): i for i, c in enumerate(cells)}
    grid = list(itertools.product(*axes.values()))
    missing = [g for g in grid if g not in at]
    if missing:
        raise ValueError(f"no row for {dict(zip(axes, missing[0], strict=True))}")
    return [at[g] for g in grid]
