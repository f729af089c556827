"""What a person edits: the models of `params/<study>.yaml`, and errors that say how to mend it."""

import copy
import difflib
import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tegum.errors import TegumError

SCALES = ("laptop", "smoke", "paper")
ROW_STAGES = ("generate", "train", "fit", "control")
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")

P = TypeVar("P", bound="StudyParams")
Value = bool | int | float | str


class Section(BaseModel):
    """Parameters of one stage. Unknown names, NaN and silent conversions are errors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class Sweep(Section):
    """The outer product of the axes that are varied together."""

    axes: dict[str, list[Value]]
    """Axis name (a parameter of some stage, or `seed`) to its values; each is a dimension."""
    stages: list[str] | None = None
    """Row stages that this sweep goes through; by default all that the study has."""
    buckets: int = Field(default=1, ge=1, le=999)
    """Number of jobs over which the cells of one shape are spread by hash of their identity."""
    generate: dict[str, Any] = {}
    """Overrides of the section `generate` for this sweep; likewise the next four."""
    train: dict[str, Any] = {}
    fit: dict[str, Any] = {}
    control: dict[str, Any] = {}
    measure: dict[str, Any] = {}


class Input(Section):
    """Rows of another study that this one reads."""

    study: str
    sweep: str
    stage: str = "train"
    """Which stage of the other study is read."""
    select: dict[str, list[Value]] = {}
    """Axis name to the values that are read; by default every cell."""


class StudyParams(Section):
    """One study's parameters. A study adds one field per stage section that it has."""

    CHAIN: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Stage to the stages whose rows it reads, in the order of the chain."""
    SHAPES: ClassVar[frozenset[str]] = frozenset()
    """Parameters that decide array shapes: cells that differ in them cannot be batched."""

    REHEARSAL: ClassVar[dict[str, dict[str, Any]]] = {}
    """Stage to the few parameters that make a rehearsal of the paper scale short, e.g. steps."""
    FIGURES: ClassVar[tuple[str, ...]] = ()
    """Names of the study's figures, as in its `figures.py`."""

    title: str
    """One line, shown in the ledger and the figures."""
    question: str
    """The scientific question."""
    inputs: list[Input] = []
    """Other studies' rows that this study reads."""
    reseed: list[str] = []
    """Axes whose values name a random stream of their own; by default only `seed` does."""
    sweeps: dict[str, Sweep]
    """Named sweeps; each becomes one labelled Dataset."""

    @field_validator("sweeps")
    @classmethod
    def _names_stay_in_their_folder(cls, sweeps: dict[str, Sweep]) -> dict[str, Sweep]:
        for name in sweeps:
            if not NAME.fullmatch(name):
                raise ValueError(f"sweep name {name!r}: use a-z, 0-9 and _, a letter first")
        return sweeps

    def section(self, stage: str) -> Section:
        """The fixed parameters of `stage`; an empty section where the study has none."""
        return getattr(self, stage, None) or Section()


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses what people do not mean: duplicate keys and aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise TegumError(f"line {self.peek_event().start_mark.line + 1}: aliases are not used")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict:
        keys = [self.construct_object(k, deep=True) for k, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise TegumError(f"line {node.start_mark.line + 1}: {key!r} is given twice")
        return super().construct_mapping(node, deep)


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """Parse one parameter file. Raises `TegumError` naming `where` and the line."""
    try:
        found = _Loader(text).get_single_data()
    except TegumError as error:
        raise TegumError(f"{where}: {error}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TegumError(f"{where}: not valid YAML: {error}") from None
    if not isinstance(found, dict):
        raise TegumError(f"{where}: expected a mapping of parameters, found {type(found).__name__}")
    return found


def overlay(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two parameter mappings: mappings merge, everything else replaces, null removes.

    The `axes` of a sweep are replaced as a whole, so that an overlay can drop one.
    """
    merged = dict(base)
    for key, value in top.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping) and key != "axes":
            merged[key] = overlay(merged[key], value)
        else:
            merged[key] = value
    return merged


def validate(model: type[P], raw: Mapping[str, Any], where: str) -> P:
    """Validate one study's parameters; all problems at once, one line each.

    Raises:
        TegumError: a line per problem: file, path, what was found, what was expected.
    """
    problems: list[str] = []
    params: P | None = None
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


def _axis_names(params: StudyParams) -> set[str]:
    """What may be an axis: a parameter of some stage, or `seed`."""
    return {"seed"}.union(*(type(params.section(s)).model_fields for s in params.CHAIN))


def _study_problems(params: StudyParams, where: str) -> list[str]:
    known = _axis_names(params)
    lost = [a for a in params.reseed if a not in known]
    return [f"{where}: reseed: found {a!r}, no such parameter{_meant(a, known)}" for a in lost]


def _sweep_problems(params: StudyParams, name: str, sweep: Sweep, where: str) -> list[str]:
    """What is wrong with a sweep's names, or, where they are right, with its values."""
    problems = []
    path = f"sweeps.{name}"
    rows = [s for s in params.CHAIN if s in ROW_STAGES]
    for stage in sweep.stages or []:
        if stage not in rows:
            problems.append(f"{where}: {path}.stages: found {stage!r}, expected one of {rows}")
    for stage in (*ROW_STAGES, "measure"):
        if getattr(sweep, stage) and stage not in params.CHAIN:
            problems.append(f"{where}: {path}.{stage}: no such stage{_meant(stage, params.CHAIN)}")
    known = _axis_names(params)
    for axis, values in sweep.axes.items():
        if axis not in known:
            problems.append(f"{where}: {path}.axes.{axis}: no such parameter{_meant(axis, known)}")
        elif not values:
            problems.append(f"{where}: {path}.axes.{axis}: empty: give it at least one value")
        elif len({(type(v) is bool, v) for v in values}) < len(values):
            problems.append(f"{where}: {path}.axes.{axis}: a value is given twice: {values}")
        elif axis == "seed" and any(type(v) is not int or v < 0 for v in values):
            problems.append(f"{where}: {path}.axes.seed: expected integers >= 0, found {values}")
    if not problems:
        for stage in params.CHAIN:
            problems += _value_problems(params.section(stage), stage, name, sweep, where)
    return list(dict.fromkeys(problems))


def _value_problems(section: Section, stage: str, name: str, sweep: Sweep, where: str) -> list[str]:
    """What a stage's section refuses of a sweep's overrides and axis values, one at a time."""
    base = overlay(section.model_dump(), getattr(sweep, stage, {}))
    axes = {a: vs for a, vs in sweep.axes.items() if a in type(section).model_fields}
    points = [{a: v} for a, vs in axes.items() for v in vs] or [{}]
    problems = []
    for point in points:
        texts = [(a, v) for a, v in point.items() if isinstance(v, str) and _number(v) is not None]
        for axis, text in texts:
            meant = f"expected a number: write {_number(text)!r}"
            problems.append(f"{where}: sweeps.{name}.axes.{axis}: found the text {text!r}, {meant}")
        try:
            type(section).model_validate(base | point if not texts else base)
        except ValidationError as error:
            for item in error.errors():
                part = "axes" if item["loc"][0] in point else stage
                problems.append(_line(where, item, type(section), f"sweeps.{name}.{part}"))
    return problems


def _without(model: type[P], raw: Mapping[str, Any], error: ValidationError) -> P | None:
    """The parameters without what is wrong in them, so that the rest is checked as well."""
    rest = copy.deepcopy(dict(raw))
    for item in error.errors():
        depth = {"sweeps": 4, "inputs": 1, "reseed": 1}.get(str(item["loc"][0]))
        _drop(rest, item["loc"][:depth])
    rest = {"title": "-", "question": "-", "sweeps": {}} | rest
    try:
        return model.model_validate(rest)
    except ValidationError:
        return None


def _drop(raw: dict[str, Any], place: tuple) -> None:
    *path, last = place
    inner: Any = raw
    for part in path:
        inner = inner.get(part, {}) if isinstance(inner, dict) else {}
    if isinstance(inner, dict):
        inner.pop(last, None)


def _line(where: str, item: Any, model: type[BaseModel], prefix: str = "") -> str:
    path = ".".join([prefix] * bool(prefix) + [str(p) for p in item["loc"]])
    found = item["input"]
    if item["type"] == "extra_forbidden":
        names = _fields_at(model, item["loc"][:-1])
        return f"{where}: {path}: no such parameter{_meant(str(item['loc'][-1]), names)}"
    if item["type"] == "missing":
        return f"{where}: {path}: missing; add it"
    message = item["msg"].removeprefix("Value error, ")
    if isinstance(found, str) and _number(found) is not None:
        message += f"; it is text in YAML 1.1: write {_number(found)!r}"
    if isinstance(found, dict | list):
        return f"{where}: {path}: {message}"
    return f"{where}: {path}: found {found!r}: {message}"


def _fields_at(model: type[BaseModel], path: tuple) -> list[str]:
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
