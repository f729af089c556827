"""Parameters checked: every problem at once, a line each, that says how to mend it."""

import copy
import difflib
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tegum.errors import TegumError
from tegum.experiment.params import ROW_STAGES, StudyParams, Sweep, Value, kinds_of, overlay
from tegum.experiment.resolve import axis_names, kinds_in, row_stages, section

P = TypeVar("P", bound=StudyParams)
MOST_CELLS = 1_000_000
"""Cells of one sweep at most: what is planned is held in memory."""


def validate(model: type[P], raw: Mapping[str, Any], where: str) -> P:
    """Validate one study's parameters; all problems at once, one line each.

    Raises:
        TegumError: a line per problem: file, path, what was found, what was expected.
    """
    problems: list[str] = []
    params: P | None = None
    raw = copied(raw, where)
    try:
        params = model.model_validate(raw)
    except ValidationError as error:
        problems += [_line(where, item, model) for item in _distinct(error)]
        params = _without(model, raw, error)
    if params is not None:
        problems += _study_problems(params, where)
        for name, sweep in params.sweeps.items():
            problems += _sweep_problems(params, name, sweep, where)
    if problems or params is None:
        raise TegumError("\n".join(problems))
    return params


def copied(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Parameters in which each sweep that is `like` another has what it takes from it.

    Its axes are added to the other's by name; null removes one.

    Raises:
        TegumError: for a sweep that is like none, or like itself.
    """
    sweeps = raw.get("sweeps")
    if not isinstance(sweeps, Mapping):
        return dict(raw)
    whole: dict[Any, Any] = {}

    def build(name: Any, path: tuple) -> Any:
        own = sweeps[name]
        if not isinstance(own, Mapping) or own.get("like") is None:
            return own
        other = own["like"]
        if other not in sweeps:
            raise TegumError(
                f"{where}: sweeps.{name}.like: no sweep {other!r}{_meant(other, sweeps)}"
            )
        if other in (name, *path):
            raise TegumError(f"{where}: sweeps.{name}.like: sweeps are like each other in a ring")
        base = build(other, (*path, name))
        if not isinstance(base, Mapping):
            return own
        axes = overlay(base.get("axes") or {}, own.get("axes") or {})
        return overlay(base, own) | {"axes": axes, "like": other}

    for name in sweeps:
        whole[name] = build(name, ())
    return {**raw, "sweeps": whole}


def _distinct(error: ValidationError) -> list[Any]:
    """One problem per place: a value of an axis fails once, not once per type it could have."""
    found: dict[tuple, Any] = {}
    for item in error.errors():
        place = item["loc"]
        if place[-1:] and place[-1] in ("bool", "int", "float", "str"):
            message = "expected a number, a text, true or false"
            item, place = item | {"loc": place[:-1], "msg": message}, place[:-1]
        found.setdefault(place, item)
    return list(found.values())


def _study_problems(params: StudyParams, where: str) -> list[str]:
    known = axis_names(params)
    problems = [
        f"{where}: reseed: found {a!r}, no such parameter{_meant(a, known)}"
        for a in params.reseed
        if a not in known
    ]
    for stage in params.CHAIN:
        for kind in params.kinds(stage).classes:
            try:
                params.base(stage, kind)
            except ValidationError as error:
                section_of = params.kinds(stage).classes[kind]
                problems += [_line(where, i, section_of, stage) for i in _distinct(error)]
    return list(dict.fromkeys(problems))


def _sweep_problems(params: StudyParams, name: str, sweep: Sweep, where: str) -> list[str]:
    """What is wrong with a sweep's names, or, where they are right, with its values."""
    problems = []
    path = f"sweeps.{name}"
    rows = row_stages(params)
    for stage in sweep.stages or []:
        if stage not in rows:
            problems.append(f"{where}: {path}.stages: found {stage!r}, expected one of {rows}")
    for stage in (*ROW_STAGES, "measure"):
        if getattr(sweep, stage) and stage not in params.CHAIN:
            problems.append(f"{where}: {path}.{stage}: no such stage{_meant(stage, params.CHAIN)}")
    kinds = {k for s in params.CHAIN for k in params.kinds(s).classes} - {""}
    if sweep.kind is not None and sweep.kind not in kinds:
        problems.append(f"{where}: {path}.kind: no kind {sweep.kind!r}{_meant(sweep.kind, kinds)}")
    known = axis_names(params)
    for axis, values in sweep.axes.items():
        if axis not in known:
            problems.append(f"{where}: {path}.axes.{axis}: no such parameter{_meant(axis, known)}")
        elif not values:
            problems.append(f"{where}: {path}.axes.{axis}: empty: give it at least one value")
        elif len({(type(v) is bool, v) for v in values}) < len(values):
            problems.append(f"{where}: {path}.axes.{axis}: a value is given twice: {values}")
        elif axis == "seed" and any(type(v) is not int or not 0 <= v < 2**63 for v in values):
            expected = "expected integers >= 0 and below 2**63"
            problems.append(f"{where}: {path}.axes.seed: {expected}, found {values}")
    cells = math.prod(len(values) for values in sweep.axes.values())
    if cells > MOST_CELLS:
        problems.append(
            f"{where}: {path}.axes: {cells:,} cells; give fewer values, at most {MOST_CELLS:,}"
        )
    if not problems:
        for stage in params.CHAIN:
            problems += _value_problems(params, stage, name, sweep, where)
    return list(dict.fromkeys(problems))


def _value_problems(
    params: StudyParams, stage: str, name: str, sweep: Sweep, where: str
) -> list[str]:
    """What a stage's section refuses of a sweep's overrides and axis values, one at a time."""
    found = params.kinds(stage)
    path = f"sweeps.{name}"
    if found.tag and found.tag in sweep.axes:
        wrong = [v for v in sweep.axes[found.tag] if v not in found.tags]
        if wrong:
            expected = f"expected one of {list(found.tags)}"
            return [f"{where}: {path}.axes.{found.tag}: found {wrong[0]!r}, {expected}"]
    said = getattr(sweep, stage, {})
    if found.tag and said.get(found.tag, found.default) not in found.tags:
        expected = f"expected one of {list(found.tags)}"
        return [f"{where}: {path}.{stage}.{found.tag}: found {said[found.tag]!r}, {expected}"]
    kinds = kinds_in(params, sweep, stage)
    problems = []
    if found.tag:
        fields = found.fields(kinds)
        problems += [
            f"{where}: {path}.{stage}.{key}: no such parameter of {', '.join(kinds)}"
            f"{_meant(key, fields)}"
            for key in said
            if key not in fields
        ]
    for kind in kinds:
        problems += _kind_problems(params, stage, kind, name, sweep, where)
    return problems


def _kind_problems(
    params: StudyParams, stage: str, kind: str, name: str, sweep: Sweep, where: str
) -> list[str]:
    found = params.kinds(stage)
    model = found.classes[kind]
    axes = {a: vs for a, vs in sweep.axes.items() if a in model.model_fields and a != found.tag}
    tag = {str(found.tag): found.tag_of(kind)} if found.tag in sweep.axes else {}
    points: list[dict[str, Value]] = [{a: v} for a, vs in axes.items() for v in vs] or [{}]
    problems = []
    for point in points:
        texts = [(a, v) for a, v in point.items() if isinstance(v, str) and _number(v) is not None]
        for axis, text in texts:
            meant = f"expected a number: write {_number(text)!r}"
            problems.append(f"{where}: sweeps.{name}.axes.{axis}: found the text {text!r}, {meant}")
        try:
            section(params, sweep, stage, (tag | point) if not texts else tag)
        except ValidationError as error:
            for item in error.errors():
                first = item["loc"][0] if item["loc"] else stage
                part = "axes" if first in point else stage
                problems.append(_line(where, item, model, f"sweeps.{name}.{part}"))
    return problems


def _without(model: type[P], raw: Mapping[str, Any], error: ValidationError) -> P | None:
    """The parameters without what is wrong in them, so that the rest is checked as well."""
    rest = copy.deepcopy(dict(raw))
    for item in error.errors():
        place = _without_tag(model, item["loc"])
        if place:
            _drop(rest, place[: _depth(place)])
    rest = {"title": "-", "question": "-", "sweeps": {}} | rest
    try:
        return model.model_validate(rest)
    except ValidationError:
        return None


def _depth(place: tuple) -> int | None:
    """How far into a place to go for what is left out: lists are, as wholes."""
    if place[0] == "sweeps":
        return 3 if place[2:3] == ("inputs",) else 4
    return 1 if place[0] in ("inputs", "reseed") else None


def _drop(raw: dict[str, Any], place: tuple) -> None:
    *path, last = place
    inner: Any = raw
    for part in path:
        inner = inner.get(part, {}) if isinstance(inner, dict) else {}
    if isinstance(inner, dict):
        inner.pop(last, None)


def _line(where: str, item: Any, model: type[BaseModel], prefix: str = "") -> str:
    place = _without_tag(model, item["loc"])
    path = ".".join([prefix] * bool(prefix) + [str(p) for p in place])
    found = item["input"]
    if item["type"] == "extra_forbidden":
        names = _fields_at(model, place[:-1])
        return f"{where}: {path}: no such parameter{_meant(str(place[-1]), names)}"
    if item["type"] == "missing":
        return f"{where}: {path}: missing; add it"
    message = item["msg"].removeprefix("Value error, ")
    if isinstance(found, str) and _number(found) is not None:
        message += f"; it is text: write {_number(found)!r}"
    if isinstance(found, dict | list):
        return f"{where}: {path}: {message}"
    return f"{where}: {path}: found {found!r}: {message}"


def _without_tag(model: type[BaseModel], place: tuple) -> tuple:
    """The place of a problem in the file: a union's tag is no part of it."""
    if issubclass(model, StudyParams) and len(place) > 1 and place[0] in model.CHAIN:
        found = kinds_of(model, str(place[0]))
        if found.tag and place[1] in found.tags:
            return (place[0], *place[2:])
    return place


def _fields_at(model: type[BaseModel], path: tuple) -> list[str]:
    if issubclass(model, StudyParams) and path[:1] and path[0] in model.CHAIN:
        return sorted(kinds_of(model, str(path[0])).fields())
    for part in path:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field else None
        if inner is None and model is not Sweep:
            model = Sweep
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return list(model.model_fields)


def _meant(name: str, names: Any) -> str:
    close = difflib.get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; expected one of {sorted(names)}"


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
