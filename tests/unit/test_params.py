"""What a person types in params/*.yaml, right or wrong."""

from typing import ClassVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tegum.errors import TegumError
from tegum.experiment.params import Section, StudyParams, overlay
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml

WHERE = "params/walk.yaml"


class Train(Section):
    learning_rate: float = 0.1
    steps: int = 10
    activation: str = "relu"


class Measure(Section):
    threshold: float = 1.0


class Params(StudyParams):
    CHAIN: ClassVar = {"train": (), "measure": ("train",)}
    train: Train = Train()
    measure: Measure = Measure()


GOOD = {
    "title": "Walks",
    "question": "How far?",
    "train": {"steps": 20},
    "sweeps": {"rate": {"axes": {"learning_rate": [0.1, 0.2], "seed": [0, 1]}}},
}


def problems(raw: dict) -> list[str]:
    with pytest.raises(TegumError) as caught:
        validate(Params, raw, WHERE)
    return str(caught.value).splitlines()


def with_axes(**axes: list) -> dict:
    return overlay(GOOD, {"sweeps": {"rate": {"axes": axes}}})


def test_good_parameters_are_typed():
    params = validate(Params, GOOD, WHERE)
    assert params.train.steps == 20
    assert params.train.learning_rate == 0.1
    assert params.sweeps["rate"].axes["seed"] == [0, 1]


def test_all_problems_are_told_at_once_one_line_each():
    raw = overlay(
        GOOD,
        {
            "train": {"stesp": 5, "learning_rate": "fast"},
            "measure": {"threshold": True},
            "sweeps": {
                "rate": {"axes": {"learning_rat": [0.1], "seed": [0]}},
                "other": {"axes": {"seed": []}},
            },
        },
    )
    lines = problems(raw)
    assert len(lines) == 5
    assert all(line.startswith(f"{WHERE}: ") for line in lines)
    text = "\n".join(lines)
    assert "train.stesp: no such parameter; did you mean 'steps'?" in text
    assert "train.learning_rate: found 'fast'" in text
    assert "measure.threshold: found True" in text
    assert "sweeps.rate.axes.learning_rat" in text and "did you mean 'learning_rate'" in text
    assert "sweeps.other.axes.seed: empty" in text


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("title", None, "title: missing"),
        ("titel", "x", "titel: no such parameter; did you mean 'title'?"),
        ("sweeps.rate.axis", {}, "sweeps.rate.axis: no such parameter; did you mean 'axes'?"),
        ("sweeps.rate.buckets", 0, "sweeps.rate.buckets: found 0"),
        ("sweeps.rate.stages", ["trian"], "sweeps.rate.stages: found 'trian', expected one of"),
        ("sweeps.rate.train", {"stepps": 3}, "sweeps.rate.train.stepps: no such parameter"),
        ("sweeps.rate.train", {"steps": 3.5}, "sweeps.rate.train.steps: found 3.5"),
        ("sweeps.rate.fit", {"steps": 3}, "sweeps.rate.fit: no such stage"),
        ("train.steps", 3.5, "train.steps: found 3.5"),
        ("train.learning_rate", "1e-3", "train.learning_rate: found '1e-3'"),
        ("train.learning_rate", float("nan"), "train.learning_rate: found nan"),
        ("train.learning_rate", float("inf"), "train.learning_rate: found inf"),
        ("train.activation", 3, "train.activation: found 3"),
        ("inputs", [{"study": "x"}], "inputs.0.sweep: missing"),
        ("sweeps.rate.inputs", [{"study": "x"}], "sweeps.rate.inputs.0.sweep: missing"),
        (
            "reseed",
            ["learning_rat"],
            "reseed: found 'learning_rat', no such parameter; did you mean 'learning_rate'?",
        ),
    ],
)
def test_a_problem_is_told_with_its_place_and_what_was_found(path, value, said):
    *above, last = path.split(".")
    change = {last: value}
    for part in reversed(above):
        change = {part: change}
    lines = problems(overlay(GOOD, change))
    assert len(lines) == 1
    assert lines[0].startswith(f"{WHERE}: {said}")


def test_inputs_of_the_study_that_no_sweep_reads_are_told():
    raw = overlay(GOOD, {"inputs": [{"study": "x", "sweep": "y"}]})
    validate(Params, raw, WHERE)
    raw = overlay(raw, {"sweeps": {name: {"inputs": []} for name in GOOD["sweeps"]}})
    (line,) = problems(raw)
    assert line.startswith(f"{WHERE}: sweeps: each names its own inputs; move the study's")


def test_a_problem_in_a_sweep_of_any_name_hides_no_other_of_it():
    sweep = {"axes": {"steps": [10, 2.5]}, "buckets": 0}
    assert len(problems(GOOD | {"sweeps": {"inputs": sweep}})) == 2


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"learning_rate": []}, "axes.learning_rate: empty: give it at least one value"),
        ({"learning_rate": [0.1, 0.1]}, "axes.learning_rate: a value is given twice"),
        ({"learning_rate": [1, 1.0]}, "axes.learning_rate: a value is given twice"),
        ({"seed": [0, -1]}, "axes.seed: expected integers >= 0"),
        ({"seed": [0.5]}, "axes.seed: expected integers >= 0"),
        ({"seed": [True]}, "axes.seed: expected integers >= 0"),
        ({"steps": [10, 2.5]}, "axes.steps: found 2.5"),
        ({"steps": [None]}, "axes.steps.0: found None"),
        ({"steps": [[1]]}, "axes.steps.0:"),
        ({"learning_rate": ["1e-3", 0.1]}, "write 0.001"),
        ({"learning_rate": ["fast"]}, "axes.learning_rate: found 'fast'"),
    ],
)
def test_an_unusable_axis_is_told_in_one_line(axes, said):
    lines = problems(with_axes(**axes))
    assert len(lines) == 1, lines
    assert said in lines[0] and "sweeps.rate" in lines[0]


@pytest.mark.parametrize("text", ["1e-3", "1e-03", "1E-3", ".001", "0.001", "1.e-3", "+1e-3"])
def test_a_number_is_one_however_it_is_written(text):
    """As in YAML 1.2, and as DVC writes it."""
    assert parse_yaml(f"a: {text}", WHERE) == {"a": 0.001}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1.5e3", 1500.0), ("1e-05", 1e-5), ("007", 7), ("-3", -3), ("true", True), ("~", None),
        ("", None), ("yes", "yes"), ("off", "off"), ("1_000", "1_000"), ("1:30", "1:30"),
        ("2020-01-01", "2020-01-01"), ("0x10", "0x10"), ("1e", "1e"), (".", "."), ("'1'", "1"),
        ("<<", "<<"), ("=", "="), ("9223372036854775807", 2**63 - 1),
    ],
)  # fmt: skip
def test_a_word_is_what_yaml_1_2_takes_it_for(text, meant):
    found = parse_yaml(f"a: {text}", WHERE)["a"]
    assert found == meant and type(found) is type(meant)


@pytest.mark.parametrize("name", ["../rate", "Rate", "a/b", "", "1st", "x" * 49, "ra te", "ä"])
def test_a_sweep_cannot_leave_its_folder(name):
    raw = overlay(GOOD, {"sweeps": {name: {"axes": {"seed": [0]}}}})
    assert "use a-z, 0-9 and _" in "\n".join(problems(raw))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: 'a' is given twice"),
        ("a: {b: 1, b: 2}", "'b' is given twice"),
        ("a: &x [1]\nb: *x\n", "line 2: aliases are not used"),
        ("a: !!python/object/apply:os.system ['true']", "line 1: the tag"),
        ("a: !env HOME", "line 1: the tag '!env' is not used"),
        ("a: [1", "not valid YAML"),
        ("- a\n- b\n", "expected a mapping of parameters, found list"),
        ("", "expected a mapping of parameters, found NoneType"),
        ("a: \x00", "not valid YAML"),
        ("{[1]: 2}", "line 1: a key is a word or a number"),
    ],
)
def test_yaml_that_people_do_not_mean_is_refused_with_the_file(text, said):
    with pytest.raises(TegumError) as caught:
        parse_yaml(text, WHERE)
    assert str(caught.value).startswith(f"{WHERE}: ")
    assert said in str(caught.value)


def test_an_overlay_merges_mappings_replaces_axes_removes_what_is_null_and_keeps_its_base():
    sweeps = {"a": {"axes": {"x": [1], "y": [2]}}, "b": 2}
    base = {"train": {"steps": 9, "rate": 1}, "sweeps": sweeps}
    gone = {"b": None, "never there": None}
    top = {"train": {"steps": 3}, "sweeps": {"a": {"axes": {"x": [7]}}, **gone}, "new": [1]}
    replaced = {"a": {"axes": {"x": [7]}}}
    assert overlay(base, top) == {
        "train": {"steps": 3, "rate": 1}, "sweeps": replaced, "new": [1],
    }  # fmt: skip
    assert base["train"]["steps"] == 9


INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
WORDS = st.text(max_size=3).filter(lambda t: t.strip("+-.eE0123456789") != "")
LEAVES = INTEGERS | WORDS | st.lists(INTEGERS, max_size=2)
TREES = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), LEAVES, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), LEAVES | inner, max_size=3),
    max_leaves=8,
)


@given(TREES, TREES)
def test_an_overlay_of_an_overlay_changes_nothing(base, top):
    once = overlay(base, top)
    assert overlay(once, top) == once
    assert overlay(base, {}) == base == overlay({}, base)


@given(TREES)
def test_what_was_written_as_yaml_is_read_back(tree):
    assert parse_yaml(yaml.safe_dump(tree), WHERE) == tree


@given(st.dictionaries(st.sampled_from(["train", "measure", "sweeps", "title", "inputs"]), TREES))
def test_no_mapping_gives_anything_but_parameters_or_a_readable_error(raw):
    text = f"{WHERE}: nothing wrong"
    try:
        validate(Params, overlay(GOOD, raw), WHERE)
    except TegumError as error:
        text = str(error)
    assert all(line.startswith(f"{WHERE}: ") for line in text.splitlines())


def test_parameters_cannot_be_changed_after_they_were_checked():
    params = validate(Params, GOOD, WHERE)
    with pytest.raises(ValueError, match="frozen"):
        params.train.steps = 5
