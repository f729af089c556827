"""Claims and figures tried on drawn numbers: a wrong call is told before anything is trained.

A study's `schema` may say in `ALONG` what stands along inner dims. Its keys are names, or
`<name>/<sweep>` and `<name>/<kind>` where one sweep, or one kind of measurement, has others:

- a number is how many places a dim has, which count from 0; with 0 the optional variables along
  it are left out;
- a list holds the labels of a dim or, under the name of a variable, the values to draw from;
- `(dims, list)` is a coordinate beside those of its dims, whose values are repeated as needed;
- a function gives one of these for a `SweepView`, where it depends on the parameters.
"""

import re
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tegum.build.execute import schema_of
from tegum.build.project import Project
from tegum.data.files import one_line
from tegum.data.rows import axis_variable
from tegum.data.schema import Schema
from tegum.experiment.cell import SweepView
from tegum.experiment.rooms import load
from tegum.experiment.sweep import Plan, digest
from tegum.figures import Figure
from tegum.figures import collect as figures_of
from tegum.labels import MissingError, variable
from tegum.ledger.findings import Finding
from tegum.ledger.findings import collect as findings_of

Along = int | list[Any] | tuple[str | tuple[str, ...], list[Any]]
PLACES = 3
"""Places along an inner dim of which `ALONG` says nothing."""
TEXTS = ["a", "b"]
"""What variables of text are drawn from, where `ALONG` says nothing."""
ABSENT = re.compile(r"(?:sweep \w+: )?(there is no axis )?(\w+)( = .* is not among its values)?")
"""What a `MissingError` says of an axis, or of a value that it lacks."""


def dataset(plan: Plan, sweep: str) -> xr.Dataset:
    """What measuring a sweep could have written: drawn numbers along the axes that it has.

    They lie between 0 and 1, or are the integers 0 and 1, and are the same each time.
    """
    schema, view = schema_of(plan, "measure", sweep), plan.view(sweep)
    along = _along(plan, view, schema)
    coords = _axes(view)
    layout = {
        name: (tuple(d for dim in dims for d in (coords if dim == "..." else (dim,))), *rest)
        for name, (dims, *rest) in {**schema.layout, **schema.coords}.items()
        if name not in schema.optional or all(along.get(dim) != 0 for dim in dims)
    }
    for dim in dict.fromkeys(d for dims, *_ in layout.values() for d in dims if d not in coords):
        known = along.get(dim, PLACES)
        values = np.arange(known) if isinstance(known, int) else np.asarray(known)
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
    """What the study's `ALONG` says of one sweep, as far as its schema has such dims."""
    everything = getattr(load(plan.study, "schema"), "ALONG", {})
    found = {name: value for name, value in everything.items() if "/" not in name}
    for place in (*reversed(plan.kinds(view.name, "measure")), view.name):
        end = f"/{place}"
        found |= {n.removesuffix(end): v for n, v in everything.items() if n.endswith(end)}
    dims = {d for dims, *_ in {**schema.layout, **schema.coords}.values() for d in dims}
    return {
        n: v(view) if callable(v) else v for n, v in found.items() if n in dims or not callable(v)
    }


def _axes(view: SweepView) -> dict[str, xr.Variable]:
    sections = [view.cells[0].params, *view.cells[0].upstream.values()]
    found = {}
    for axis, values in view.axes.items():
        owner = next((s for s in sections if axis in type(s).model_fields), None)
        found[axis] = axis_variable(axis, axis, values, owner)
    return found


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
        return rng.choice(np.asarray(known or TEXTS, dtype), shape)
    if ascending:
        return np.arange(1, np.prod(shape) + 1).reshape(shape).astype(dtype)
    values = rng.random(shape) if dtype.kind == "f" else rng.integers(0, 2, shape)
    return values.astype(dtype)


def problems(project: Project, study: str) -> Iterator[str]:
    """One line per claim and figure of a study that does not do on drawn data.

    What data cannot test or show, since a value or a sweep is missing at this scale, is none; but
    a label that no inner dim has is one.
    """
    plan = project.plans[study]
    data = {sweep: dataset(plan, sweep) for sweep in plan.params.sweeps}
    axes = {axis for spec in plan.params.sweeps.values() for axis in spec.axes}
    claims: dict[str, dict[str, Any]] = {}

    def judge(finding: Finding) -> None:
        claim = finding.claim(data)
        claims[finding.id] = claim.model_dump()
        _known(claim.reason, axes)

    def draw(figure: Figure) -> None:
        figure.told(claims)
        if all(sweep in data for sweep in figure.sweeps):
            try:
                figure.draw(data)
            except MissingError as error:
                _known(str(error), axes)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for finding in findings_of(load(study, "claims")):
            yield from _tried(f"{study}: claim {finding.id}", study, partial(judge, finding))
        names = project.figures(study)
        module = load(study, "figures") if names else None
        figures = (figures_of(module) or module.FIGURES) if module else {}
        for name in names:
            yield from _tried(f"{study}: figure {name}", study, partial(draw, figures[name]))


def _known(missing: str, axes: set[str]) -> None:
    found = ABSENT.match(missing)
    if found and (found[1] or found[3]) and found[2] not in axes:
        raise ValueError(missing)


def _tried(what: str, study: str, call: Callable[[], object]) -> Iterator[str]:
    try:
        call()
    except Exception as error:
        room = Path(str(load(study, "schema").__file__)).parent
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if Path(f.filename).is_relative_to(room)]
        place = f"{own[-1].filename}:{own[-1].lineno}: " if own else ""
        yield f"{what}: {place}{one_line(error)}"
