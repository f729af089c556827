"""What a person edits: the models of `params/<study>.yaml`."""

import ast
import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any, ClassVar, Literal, Self, cast, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

SCALES = ("laptop", "smoke", "paper")
ROW_STAGES = ("generate", "train", "fit", "control")
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
RESERVED = frozenset(
    {*SCALES, *ROW_STAGES, "all", "measure", "judge", "render", "ledger", "schema", "seal", "row"}
)
"""Names that no study can have: those of scales, rules and verbs."""

Value = bool | int | float | str
Engine = Literal["auto", "torch", "compiled"]


def shape(default: Any, **constraints: Any) -> Any:
    """A field that decides array shapes: cells that differ in it cannot be batched."""
    return Field(default, json_schema_extra={"shape": True}, **constraints)


LARGEST = 10**8
"""The largest size or count that a parameter can have; no array has room for more."""


class Strict(BaseModel):
    """Values of declared types. Unknown names, NaN and silent conversions are errors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> Any:
        """The schema for editors, with the text under each field.

        pydantic's `use_attribute_docstrings` reads the sources at every start, which costs a job
        more than all other imports of this project.
        """
        found = handler(core)
        properties = handler.resolve_ref_schema(found).get("properties", {})
        for name, text in texts_under_fields(cls).items():
            properties[name].setdefault("description", text)
        return found


def texts_under_fields(model: type[BaseModel]) -> dict[str, str]:
    """Field to the text under it, in the source of the class or of the nearest that it extends."""
    found: dict[str, str] = {}
    for owner in model.__mro__:
        if issubclass(owner, Strict):
            (written,) = ast.parse(dedent(inspect.getsource(owner))).body
            assert isinstance(written, ast.ClassDef)
            for field, text in pairwise(written.body):
                match field, text:
                    case ast.AnnAssign(target=ast.Name(id)), ast.Expr(ast.Constant(str(words))):
                        if id in model.model_fields:
                            found.setdefault(id, inspect.cleandoc(words))
    return found


class Section(Strict):
    """Parameters of one stage. Its whole numbers are sizes and counts: none is beyond `LARGEST`."""

    KIND: ClassVar[str] = ""
    """Name of this kind, where the stage has several: that of its module and its schema. By default
    the value of its tag."""
    CODE: ClassVar[tuple[str, ...]] = ()
    """Modules that compute what this section declares and that the stage's module does not import,
    e.g. those that a registry imports by name."""

    @field_validator("*")
    @classmethod
    def _has_room(cls, value: Any) -> Any:
        numbers = value if isinstance(value, list) else [value]
        if any(type(number) is int and abs(number) > LARGEST for number in numbers):
            raise ValueError(f"at most {LARGEST:,}")
        return value

    def resolved(self) -> Self:
        """What a cell of these parameters reads; by default all of them.

        A section with a table of values by axis keeps its own entry, so that an edit of another's
        changes no key.
        """
        return self


class Compilable(Section):
    """Parameters of models that a compiled kernel can train."""

    engine: Engine = shape("auto")
    """What computes losses and gradients in training: torch, or a compiled kernel, whose samples
    are others of the same law; auto is the kernel where one serves the data, on a CPU."""


class Input(Section):
    """Rows of another study."""

    study: str
    sweep: str
    stage: str = "train"
    """Which stage of the other study is read."""
    select: dict[str, list[Value]] = {}
    """Axis name to the values that are read; by default every cell."""


class Sweep(Section):
    """The outer product of the axes that are varied together."""

    axes: dict[str, list[Value]]
    """Axis name (a parameter of some stage, or `seed`) to its values; each is a dimension."""
    like: str | None = None
    """Another sweep, of which this one is a copy but for what it says itself."""
    kind: str | None = None
    """Kind of model, probe or dictionary, in every stage that has one of this name."""
    stages: list[str] | None = None
    """Row stages that this sweep goes through; by default all that the study has."""
    buckets: int = Field(default=1, ge=1, le=999)
    """Number of jobs over which the cells of one shape are spread by hash of their identity."""
    inputs: list[Input] | None = None
    """Other studies' rows that this sweep reads; by default those that the study names for all."""
    generate: dict[str, Any] = {}
    """Overrides of the section `generate` for this sweep; likewise the next four."""
    train: dict[str, Any] = {}
    fit: dict[str, Any] = {}
    control: dict[str, Any] = {}
    measure: dict[str, Any] = {}


class StudyParams(Section):
    """One study's parameters. A study adds one field per stage section that it has.

    A stage that has several kinds of model, probe or dictionary declares a tagged union of their
    sections, `train: Tied | Hidden = Field(Tied(), discriminator="model")`. What the file says of
    that stage is then a pool, of which each kind takes the fields that it has.
    """

    CHAIN: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Stage to the stages whose rows it reads, in the order of the chain; by default the stages
    that have a section, each reading all before it, then `measure`."""
    REHEARSAL: ClassVar[dict[str, dict[str, Any]]] = {}
    """Stage to the few parameters that make a rehearsal of the paper scale short, e.g. steps."""

    title: str
    """One line, shown in the ledger and the figures."""
    question: str
    """The scientific question."""
    inputs: list[Input] = []
    """Other studies' rows that each sweep reads, unless it names its own."""
    logger: Literal["csv", "tensorboard", "wandb", "mlflow", "dvclive"] | None = None
    """Where losses are shown while models and dictionaries are trained; no part of a result."""
    reseed: list[str] = []
    """Axes whose values name a random stream of their own; by default only `seed` does."""
    sweeps: dict[str, Sweep]
    """Named sweeps; each becomes one labelled Dataset."""
    _pools: dict[str, dict[str, Any]] = PrivateAttr(default_factory=dict)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "CHAIN" not in cls.__dict__ and not cls.CHAIN:
            rows = [s for s in ROW_STAGES if s in cls.model_fields]
            reads = {s: tuple(rows[:i]) for i, s in enumerate(rows)}
            cls.CHAIN = reads | {"measure": tuple(rows)}

    @model_validator(mode="wrap")
    @classmethod
    def _pooled(cls, data: Any, handler: Any) -> Any:
        """Give each union the fields of the kind that the file names, and keep the others."""
        if not isinstance(data, Mapping):
            return handler(data)
        data, pools = dict(data), {}
        for stage in cls.CHAIN:
            found = kinds_of(cls, stage)
            if found.tag and isinstance(data.get(stage), Mapping):
                pool = pools[stage] = dict(data[stage])
                kind = found.tags.get(pool.get(found.tag, found.default), found.first)
                other = found.fields() - set(found.classes[kind].model_fields)
                data[stage] = {found.tag: found.default} | {
                    k: v for k, v in pool.items() if k not in other
                }
        made = handler(data)
        made._pools = pools
        return made

    @field_validator("sweeps")
    @classmethod
    def _names_stay_in_their_folder(cls, sweeps: dict[str, Sweep]) -> dict[str, Sweep]:
        for name in sweeps:
            if not NAME.fullmatch(name):
                raise ValueError(f"sweep name {name!r}: use a-z, 0-9 and _, a letter first")
        return sweeps

    @field_validator("sweeps")
    @classmethod
    def _inputs_are_read(cls, sweeps: dict[str, Sweep], info: ValidationInfo) -> dict[str, Sweep]:
        if info.data.get("inputs") and all(s.inputs is not None for s in sweeps.values()):
            raise ValueError("each names its own inputs; move the study's to one that reads them")
        return sweeps

    def inputs_of(self, sweep: str) -> list[Input]:
        """Other studies' rows that a sweep reads."""
        own = self.sweeps[sweep].inputs
        return self.inputs if own is None else own

    def all_inputs(self) -> list[Input]:
        """Other studies' rows that any sweep reads."""
        found: list[Input] = []
        for sweep in self.sweeps:
            found += [entry for entry in self.inputs_of(sweep) if entry not in found]
        return found

    def kinds(self, stage: str) -> "Kinds":
        """The kinds of a stage."""
        return kinds_of(type(self), stage)

    def base(self, stage: str, kind: str) -> dict[str, Any]:
        """The parameters that the file gives one kind of a stage, with the defaults of the rest."""
        found = self.kinds(stage)
        if not found.tag:
            section = getattr(self, stage, None) or Section()
        else:
            known = found.classes[kind].model_fields
            own = {k: v for k, v in self.pool(stage).items() if k in known}
            if found.tags.get(own.get(found.tag)) != kind:
                own.pop(found.tag, None)
            section = found.classes[kind].model_validate({found.tag: found.tag_of(kind)} | own)
        return section.model_dump()

    def raw(self) -> dict[str, Any]:
        """The parameters as a file would give them."""
        return self.model_dump() | self._pools

    def pool(self, stage: str) -> dict[str, Any]:
        """What the file says of a stage that has several kinds."""
        return self._pools.get(stage, {})

    @classmethod
    def shapes(cls) -> frozenset[str]:
        """Names of the fields that decide array shapes, of all stages and kinds."""
        return _shapes(cls)


@dataclass(frozen=True)
class Kinds:
    """The kinds of model, probe or dictionary of one stage."""

    classes: dict[str, type[Section]]
    """Kind to the class of its section; one without a name where the stage has only one."""
    tag: str | None = None
    """The field whose value says which kind it is."""
    tags: dict[Any, str] = field(default_factory=dict)
    """Value of the tag to kind."""
    default: Any = None
    """The tag's value where nothing is said."""

    @property
    def first(self) -> str:
        """The kind where nothing is said."""
        return self.tags[self.default] if self.tag else next(iter(self.classes))

    def tag_of(self, kind: str) -> Any:
        """The first value of the tag that means `kind`."""
        return next(v for v, k in self.tags.items() if k == kind)

    def fields(self, kinds: Iterable[str] | None = None) -> set[str]:
        """Names of the fields of the kinds; by default of all."""
        return {f for k in kinds or self.classes for f in self.classes[k].model_fields}


@cache
def _shapes(model: type[StudyParams]) -> frozenset[str]:
    sections = [c for s in model.CHAIN for c in kinds_of(model, s).classes.values()]
    return frozenset(
        name
        for section in sections
        for name, field in section.model_fields.items()
        if isinstance(field.json_schema_extra, Mapping) and field.json_schema_extra.get("shape")
    )


@cache
def kinds_of(model: type[StudyParams], stage: str) -> Kinds:
    """The kinds of a stage, as the study's parameters declare them."""
    declared = model.model_fields.get(stage)
    if declared is None:
        return Kinds({"": Section})
    members = [c for c in get_args(declared.annotation) if isinstance(c, type)]
    if not members:
        return Kinds({"": cast(type[Section], declared.annotation)})
    tag = str(declared.discriminator)
    classes, tags = {}, {}
    for member in members:
        values = get_args(member.model_fields[tag].annotation)
        kind = member.KIND or str(values[0])
        classes[kind] = member
        tags |= dict.fromkeys(values, kind)
    default = getattr(declared.get_default(call_default_factory=True), tag)
    return Kinds(classes, tag, tags, default)


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
