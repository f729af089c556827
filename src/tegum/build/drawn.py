"""Claims and figures tried on drawn numbers: a wrong call is told before anything is trained.

A study's `schema` may say in `ALONG` what stands along inner dims. Its keys are names, or
`<name>/<sweep>` and `<name>/<kind>` where one sweep, or one kind of measurement, has others:

- a number is how many places a dim has, which count from 0; optional variables of this name, or
  along such a dim, are left out where it is 0;
- a list holds the labels of a dim or, under the name of a variable, the values to draw from;
- `(dims, list)` is a coordinate beside those of its dims, whose values are repeated as needed;
- a set holds the axes of the sweep that a variable does not have;
- a function gives one of these for a `SweepView`, where it depends on the parameters.
"""

import os
import re
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import xarray as xr

from tegum.build.execute import schema_of
from tegum.build.project import Project
from tegum.data.files import one_line
from tegum.data.rows import axis_variable
from tegum.data.schema import Schema
from tegum.errors import TegumError
from tegum.experiment.cell import SweepView
from tegum.experiment.resolve import axis_names
from tegum.experiment.rooms import load
from tegum.experiment.sweep import Plan, digest
from tegum.figures import collect as figures_of
from tegum.labels import MissingError, variable
from tegum.ledger.claims import untested
from tegum.ledger.findings import Untested
from tegum.ledger.findings import collect as findings_of

Along = int | list[Any] | set[str] | tuple[str | tuple[str, ...], list[Any]]
PLACES = 3
"""Places along an inner dim of which `ALONG` says nothing."""
TEXTS = ["a", "b"]
"""What variables of text are drawn from, where `ALONG` says nothing."""
LIBRARIES = ("torch", "pytorch_lightning", "sklearn")
"""What a light environment lacks."""
ABSENT = re.compile(r"(?:sweep \w+: )?(there is no axis )?(\w+)( = .* is not among its values)?")
"""What a `MissingError` says of an axis, or of a value that it lacks."""


def dataset(plan: Plan, sweep: str) -> xr.Dataset:
    """What measuring a sweep could have written: drawn numbers along the axes that it has.

    They lie between 0 and 1, or are the integers 0 and 1, and are the same each time.
    """
    schema, view = schema_of(plan, "measure", sweep), plan.view(sweep)
    along = _along(plan, view, schema)
    axes = _axes(view)
    coords = dict(axes)
    layout = {
        name: (_dims(dims, axes, along.get(name)), *rest)
        for name, (dims, *rest) in {**schema.layout, **schema.coords}.items()
        if name not in schema.optional or all(along.get(n) != 0 for n in (name, *dims))
    }
    for dim in dict.fromkeys(d for dims, *_ in layout.values() for d in dims if d not in coords):
        known = along.get(dim, PLACES)
        count = known if isinstance(known, int) else PLACES
        values = np.asarray(known) if isinstance(known, list) else np.arange(count)
        coords[dim] = variable(dim, values, *_words(dim))
    for name, known in along.items():
        if isinstance(known, tuple):
            dims = (known[0],) if isinstance(known[0], str) else known[0]
            if set(dims) <= set(coords):
                values = np.resize(np.asarray(known[1]), [coords[d].size for d in dims])
                coords[name] = variable(dims, values, *_words(name))
    rng = np.random.default_rng(int(digest([plan.study, sweep]), 16))
    for name, (dims, dtype, *words) in layout.items():
        if name not in coords:
            shape = tuple(coords[d].size for d in dims)
            values = _draw(rng, shape, np.dtype(dtype), along.get(name), name in schema.coords)
            coords[name] = variable(dims, values, *_words(name, *words))
    return xr.Dataset(coords).set_coords([n for n in coords if n not in schema.layout])


def _along(plan: Plan, view: SweepView, schema: Schema) -> dict[str, Along]:
    """What the study's `ALONG` says of one sweep; of functions, those of names in its schema."""
    everything: dict[str, Any] = getattr(load(plan.study, "schema"), "ALONG", {})
    found: dict[str, Any] = {n: v for n, v in everything.items() if "/" not in n}
    for place in (*reversed(plan.kinds(view.name, "measure")), view.name):
        end = f"/{place}"
        found |= {n.removesuffix(end): v for n, v in everything.items() if n.endswith(end)}
    named = {**schema.layout, **schema.coords}
    named |= dict.fromkeys(d for dims, *_ in schema.layout.values() for d in dims)
    given = {n: v for n, v in found.items() if n in named or not isinstance(v, FunctionType)}
    return {n: v(view) if isinstance(v, FunctionType) else v for n, v in given.items()}


def _axes(view: SweepView) -> dict[str, xr.Variable]:
    sections = [view.cells[0].params, *view.cells[0].upstream.values()]
    found = {}
    for axis, values in view.axes.items():
        owner = next((s for s in sections if axis in type(s).model_fields), None)
        found[axis] = axis_variable(axis, axis, values, owner)
    return found


def _dims(dims: tuple[str, ...], axes: Iterable[str], known: Along | None) -> tuple[str, ...]:
    """The dims of a variable with the axes of the sweep in place of `...`."""
    own = [axis for axis in axes if not isinstance(known, set) or axis not in known]
    return tuple(d for dim in dims for d in (own if dim == "..." else [dim]))


def _words(name: str, *words: str) -> tuple[str, str]:
    """Long name and units of a variable, as far as its schema knows them."""
    long_name, units = (*words, *(name.replace("_", " "), "1")[len(words) :])
    return long_name, units


def _draw(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    dtype: np.dtype,
    known: Along | None,
    ascending: bool,
) -> np.ndarray:
    if isinstance(known, list) or dtype.kind not in "fiub":
        return rng.choice(np.asarray(known if isinstance(known, list) else TEXTS, dtype), shape)
    if ascending:
        return np.arange(1, np.prod(shape) + 1).reshape(shape).astype(dtype)
    values = rng.random(shape) if dtype.kind == "f" else rng.integers(0, 2, shape)
    return values.astype(dtype)


class _Trial:
    """A study's claims and figures, tried one after the other."""

    def __init__(self, project: Project, study: str) -> None:
        self.study, self.plan = study, project.plans[study]
        self.names = project.figures(study)
        self.axes = axis_names(self.plan.params)
        self.data: dict[str, xr.Dataset] = {}
        self.claims: dict[str, dict[str, Any]] = {}
        self.problems: list[str] = []

    def draw(self) -> None:
        """Draw the data of every sweep."""
        for sweep in self.plan.params.sweeps:
            with self._telling(f"sweep {sweep}"):
                self.data[sweep] = dataset(self.plan, sweep)

    def judge(self) -> None:
        """Judge every finding."""
        with self._telling("claims"):
            for finding in findings_of(load(self.study, "claims")):
                self.claims[finding.id] = untested("", "", "", reason="").model_dump()
                with self._telling(f"claim {finding.id}"):
                    claim = finding.claim(self.data)
                    self.claims[finding.id] = claim.model_dump()
                    self._tell_missing(f"claim {finding.id}", claim.reason)

    def show(self) -> None:
        """Let every figure be drawn, but for the picture; its text may quote every claim."""
        if not self.names:
            return
        with self._telling("figures"):
            from tegum.figures import blank

            module = load(self.study, "figures")
            figures = figures_of(module)
            for name in self.names:
                with self._telling(f"figure {name}"), blank.holoviews(module.__name__):
                    if self.claims:
                        figures[name].told(self.claims)
                    if all(sweep in self.data for sweep in figures[name].sweeps):
                        figures[name].draw(self.data)

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except (MissingError, Untested) as error:
            self._tell_missing(what, str(error))
        except Exception as error:
            if getattr(error, "name", None) not in LIBRARIES:
                kind = "" if isinstance(error, TegumError) else f"{type(error).__name__}: "
                message = f"{self._place(error)}{kind}{one_line(error)}"
                self.problems.append(f"{self.study}: {what}: {message}")

    def _tell_missing(self, what: str, reason: str) -> None:
        """Tell of a label that an inner dim lacks, which no parameters would bring."""
        found = ABSENT.match(reason)
        if found and (found[1] or found[3]) and found[2] not in self.axes:
            self.problems.append(f"{self.study}: {what}: {reason}")

    def _place(self, error: BaseException) -> str:
        """The file and line of the study where it happened, and nothing where in none."""
        room = Path(str(load(self.study, "schema").__file__)).parent
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if Path(f.filename).is_relative_to(room)]
        return f"{os.path.relpath(own[-1].filename)}:{own[-1].lineno}: " if own else ""


def problems(project: Project, study: str) -> list[str]:
    """One line per claim and figure of a study that ends in an error on drawn data.

    It is none that data cannot test or show it since a sweep, or a value of an axis, is missing at
    this scale, or that a library is missing that it computes with; it is one that an inner dim
    lacks a label.
    """
    trial = _Trial(project, study)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        trial.draw()
        if len(trial.data) == len(trial.plan.params.sweeps):
            trial.judge()
            trial.show()
    return trial.problems
