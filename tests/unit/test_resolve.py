"""Kinds of a stage, sweeps that are like others, and what of a table a cell reads."""

from typing import ClassVar, Literal, Self

import pytest
from pydantic import Field, model_validator

from tegum.errors import TegumError
from tegum.experiment.params import Section, StudyParams, shape
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate


class Tied(Section):
    KIND: ClassVar = "tied"
    model: Literal["linear", "relu"] = "relu"
    n_features: int = shape(20)
    rate: float = 0.1


class Hidden(Section):
    KIND: ClassVar = "hidden"
    model: Literal["absolute"] = "absolute"
    n_features: int = shape(20)
    width: int = shape(5)

    @model_validator(mode="after")
    def _narrow(self) -> Self:
        if self.width > self.n_features:
            raise ValueError(f"{self.width} neurons for {self.n_features} features: give fewer")
        return self


class TopK(Section):
    architecture: Literal["topk"] = "topk"
    sparsities: dict[str, list[float]] = {}
    k: float = 0.0

    def resolved(self) -> Self:
        return self.model_copy(update={"k": self.sparsities["topk"][0], "sparsities": {}})


class Gated(Section):
    architecture: Literal["gated"] = "gated"
    sparsities: dict[str, list[float]] = {}
    penalty: float = 0.0

    def resolved(self) -> Self:
        return self.model_copy(update={"penalty": self.sparsities["gated"][0], "sparsities": {}})


class MeasureTied(Section):
    kind: Literal["tied"] = "tied"
    cutoff: float = 0.5


class MeasureHidden(Section):
    kind: Literal["hidden"] = "hidden"
    level: float = 0.9


class Params(StudyParams):
    train: Tied | Hidden = Field(Tied(), discriminator="model")
    fit: TopK | Gated = Field(TopK(), discriminator="architecture")
    measure: MeasureTied | MeasureHidden = Field(MeasureTied(), discriminator="kind")


RAW = {
    "title": "t",
    "question": "q",
    "train": {"model": "relu", "n_features": 10, "width": 3, "rate": 0.2},
    "fit": {"sparsities": {"topk": [4.0], "gated": [0.4]}},
    "sweeps": {
        "tied": {"axes": {"rate": [0.1, 0.2], "seed": [0, 1]}, "stages": ["train"]},
        "hidden": {
            "axes": {"width": [2, 3], "seed": [0]},
            "train": {"model": "absolute"},
            "stages": ["train"],
        },
        "both": {"axes": {"architecture": ["topk", "gated"], "seed": [0, 1, 2]}},
    },
}
CODE = {
    "train/tied": "t", "train/hidden": "h", "fit/topk": "k", "fit/gated": "g",
    "measure/tied": "mt", "measure/hidden": "mh",
}  # fmt: skip


def plan(raw=RAW, code=CODE) -> Plan:
    return Plan("walk", validate(Params, raw, "params/walk.yaml"), code)


def edited(**changes) -> dict:
    """RAW with `stage__field` or `sweeps__name` replaced."""
    raw = RAW | {}
    for place, value in changes.items():
        outer, inner = place.split("__")
        raw[outer] = raw[outer] | {inner: value}
    return raw


def changed(before: Plan, after: Plan) -> dict[str, int]:
    """Sweep and stage to how many of its rows have another key."""
    found = {}
    for sweep in RAW["sweeps"]:
        for stage in before.stages(sweep):
            old = {
                tuple(c.axes.items()): before.key(sweep, stage, c)
                for c in before.cells(sweep, stage)
            }
            new = {
                tuple(c.axes.items()): after.key(sweep, stage, c) for c in after.cells(sweep, stage)
            }
            count = sum(old.get(k) != v for k, v in new.items())
            found |= {f"{sweep}/{stage}": count} if count else {}
    return found


def test_a_stage_without_a_chain_reads_all_before_it():
    assert Params.CHAIN == {"train": (), "fit": ("train",), "measure": ("train", "fit")}
    assert Params.shapes() == {"n_features", "width"}


@pytest.mark.parametrize(
    ("edit", "rows"),
    [
        ({"train__width": 4}, {}),
        ({"train__rate": 0.3}, {"both/train": 3, "both/fit": 6}),
        (
            {"train__n_features": 9},
            {"tied/train": 4, "hidden/train": 2, "both/train": 3, "both/fit": 6},
        ),
        ({"fit__sparsities": {"topk": [4.0], "gated": [0.5]}}, {"both/fit": 3}),
        ({"fit__sparsities": {"topk": [4.0], "gated": [0.4, 9.0]}}, {}),
    ],
)  # fmt: skip
def test_an_edit_changes_the_rows_of_the_kinds_that_read_it(edit, rows):
    assert changed(plan(), plan(edited(**edit))) == rows


@pytest.mark.parametrize(
    ("module", "rows"),
    [
        ("train/hidden", {"hidden/train": 2}),
        ("fit/gated", {"both/fit": 3}),
        ("measure/tied", {}),
    ],
)
def test_a_module_of_one_kind_changes_the_rows_of_that_kind(module, rows):
    assert changed(plan(), plan(code=CODE | {module: "other"})) == rows


def test_what_measures_a_sweep_is_the_kind_of_what_was_trained():
    made = plan()
    assert type(made.view("tied").params) is MeasureTied
    assert type(made.view("hidden").params) is MeasureHidden
    assert made.code_of("hidden", "measure") == "mh"
    assert made.kinds("hidden", "measure")[0] == "hidden"


def test_a_stage_that_a_sweep_skips_has_no_say_in_what_measures_it():
    raw = edited(
        train__model="absolute",
        sweeps__fitted={"axes": {"seed": [0]}, "stages": ["fit"]},
    )
    made = plan(raw)
    assert made.kinds("both", "measure") == ["hidden"]  # two kinds of dictionary say nothing
    assert made.kinds("fitted", "measure") == ["tied", "topk"]


def test_a_sweep_chooses_kinds_by_name():
    raw = edited(sweeps__hidden={"axes": {"seed": [0]}, "kind": "hidden", "stages": ["train"]})
    (cell,) = plan(raw).cells("hidden", "train")
    assert type(cell.params) is Hidden and cell.params.width == 3


def test_a_sweep_that_is_like_another_says_only_what_differs():
    like = {"like": "hidden", "axes": {"seed": [0, 1], "width": None}, "train": {"width": 5}}
    params = plan(edited(sweeps__wide=like)).params
    assert params.sweeps["wide"].axes == {"seed": [0, 1]}
    assert params.sweeps["wide"].train == {"model": "absolute", "width": 5}
    assert params.sweeps["wide"].stages == ["train"]


NEW_SWEEPS = {
    "train.width: no such parameter of tied": {"axes": {"seed": [0]}, "train": {"width": 4}},
    "axes.architecture: found 'moe'": {"axes": {"architecture": ["moe"]}},
    "no kind 'hiden'; did you mean 'hidden'": {"axes": {"seed": [0]}, "kind": "hiden"},
    "sweeps.a.like: no sweep 'tide'; did you mean 'tied'": {"axes": {}, "like": "tide"},
    "like each other in a ring": {"axes": {}, "like": "a"},
    "99,980,001 cells": {"axes": {a: [float(i) for i in range(9999)] for a in ("rate", "cutoff")}},
}
"""What is told of a sweep to the sweep."""


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"train__widht": 4}, "train.widht: no such parameter; did you mean 'width'"),
        ({"train__width": "x"}, "train.width: found 'x'"),
        ({"train__model": "cubic"}, "train"),
        ({"train__width": 30}, "30 neurons for 10 features: give fewer"),
        *(({"sweeps__a": sweep}, told) for told, sweep in NEW_SWEEPS.items()),
    ],
)
def test_what_is_wrong_is_told_with_its_place(edit, told):
    with pytest.raises(TegumError) as error:
        plan(edited(**edit))
    assert told in str(error.value) and "params/walk.yaml" in str(error.value)
