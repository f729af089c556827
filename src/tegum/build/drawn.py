"""Claims and figures tried on drawn numbers: a wrong call is told before anything is trained.

A study's `schema` may say in `LABELS` what stands along inner dims. Its keys are names, or
`<name>/<sweep>` and `<name>/<kind>` where one sweep, or one kind of measurement, has others:

- a number is how many places a dim has, which count from 0; with 0 the optional variables along
  it are left out;
- a list holds the labels of a dim or, under the name of a variable, the values to draw from;
- `(dim, list)` is a coordinate that stands along a dim beside that dim's own.
"""

import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tegum.build.execute import schema_of
from tegum.build.project import Project
from tegum.data.files import one_line
from tegum.data.rows import axis_variable
from tegum.experiment.rooms import load
from tegum.experiment.sweep import Plan, digest
from tegum.figures import Figure
from tegum.figures import collect as figures_of
from tegum.labels import MissingError, variable
from tegum.ledger.claims import Claim
from tegum.ledger.findings import Finding
from tegum.ledger.findings import collect as findings_of

Labels = int | list[Any] | tuple[str, list[Any]]
PLACES = 3
"""Places along an inner dim of which `LABELS` say nothing."""
TEXTS = ["a", "b"]
"""What variables of text are drawn from, where `LABELS` say nothing."""


def dataset(plan: Plan, sweep: str) -> xr.Dataset:
    """What measuring a sweep could have written: drawn numbers along the axes that it has.

    They lie between 0 and 1, or are the integers 0 and 1, and are the same each time.
    """
    schema, labels = schema_of(plan, "measure", sweep), _labels(plan, sweep)
    coords = _axes(plan, sweep)
    layout = {
        name: (tuple(d for dim in dims for d in (coords if dim == "..." else (dim,))), *rest)
        for name, (dims, *rest) in {**schema.layout, **schema.coords}.items()
        if name not in schema.optional or all(labels.get(dim) != 0 for dim in dims)
    }
    for dim in dict.fromkeys(d for dims, *_ in layout.values() for d in dims if d not in coords):
        known = labels.get(dim, PLACES)
        values = np.arange(known) if isinstance(known, int) else np.asarray(known)
        coords[dim] = variable(dim, values, *_words(dim))
    beside = {n: v for n, v in labels.items() if isinstance(v, tuple) and v[0] in coords}
    coords |= {n: variable(dim, np.asarray(v), *_words(n)) for n, (dim, v) in beside.items()}
    rng = np.random.default_rng(int(digest([plan.study, sweep]), 16))
    found = {}
    for name, (dims, dtype, *words) in layout.items():
        if name not in coords:
            shape = tuple(coords[d].size for d in dims)
            values = _draw(rng, shape, np.dtype(dtype), labels.get(name), name in schema.coords)
            found[name] = variable(dims, values, *_words(name, *words))
    drawn = xr.Dataset(found, coords)
    return drawn.set_coords([n for n in schema.coords if n in found])


def _labels(plan: Plan, sweep: str) -> dict[str, Labels]:
    """What the study's `LABELS` say of one sweep."""
    everything: Mapping[str, Labels] = getattr(load(plan.study, "schema"), "LABELS", {})
    places = [sweep, *plan.kinds(sweep, "measure")]
    plain = {name: value for name, value in everything.items() if "/" not in name}
    for place in reversed(places):
        end = f"/{place}"
        plain |= {n.removesuffix(end): v for n, v in everything.items() if n.endswith(end)}
    return plain


def _axes(plan: Plan, sweep: str) -> dict[str, xr.Variable]:
    view = plan.view(sweep)
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
    known: Labels | None,
    ordered: bool,
) -> np.ndarray:
    """Values of one variable; with `ordered` they ascend."""
    if isinstance(known, list) or dtype.kind not in "fiub":
        return rng.choice(np.asarray(known or TEXTS, dtype), shape)
    if ordered:
        return np.arange(1, np.prod(shape) + 1).reshape(shape).astype(dtype)
    values = rng.random(shape) if dtype.kind == "f" else rng.integers(0, 2, shape)
    return values.astype(dtype)


def problems(project: Project, study: str) -> Iterator[str]:
    """One line per claim and figure of a study that ends in an error on drawn data.

    What data cannot test or show, since a value or a sweep is missing at this scale, is none.
    Nor is it one where a library is missing that the claims or the figures compute with.
    """
    plan = project.plans[study]
    data = {sweep: dataset(plan, sweep) for sweep in plan.params.sweeps}
    claims: dict[str, Claim] = {}

    def judge(finding: Finding) -> None:
        claims[finding.id] = finding.claim(data)

    def draw(figure: Figure) -> None:
        if all(sweep in data for sweep in figure.sweeps):
            figure.draw(data)
        figure.told({name: claim.model_dump() for name, claim in claims.items()})

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        room = load(study, "schema").__file__ or ""
        for finding in findings_of(load(study, "claims")):
            yield from _tried(f"{study}: claim {finding.id}", room, partial(judge, finding))
        if names := project.figures(study):
            module = load(study, "figures")
            figures = figures_of(module) or module.FIGURES
            for name in names:
                what = f"{study}: figure {name}"
                yield from _tried(what, room, partial(draw, figures[name]))


def _tried(what: str, room: str, call: Callable[[], object]) -> Iterator[str]:
    try:
        call()
    except MissingError:
        return
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if Path(f.filename).is_relative_to(Path(room).parent)]
        place = ""
        if own:
            place = f"{Path(own[-1].filename)}:{own[-1].lineno}: "
        yield f"{what}: {place}{one_line(error)}"
