"""An edit of one kind's parameter, or of its module, reaches that kind's rows and no other's."""

import copy
from collections import Counter
from functools import cache

import pytest
from repository import ROOT

from tegum.build.fingerprints import fingerprints
from tegum.data import files
from tegum.data.files import read_text
from tegum.dictionaries.sections import SECTIONS
from tegum.experiment.rooms import load
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml


def params(study, edits=()):
    """The laptop parameters of a study after edits: (path, value), ..."""
    raw = copy.deepcopy(parse_yaml(read_text(ROOT / f"params/{study}.yaml"), study))
    for path, value in edits:
        *folders, name = path.split(".")
        inner = raw
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = value
    return validate(load(study, "params").Params, raw, study)


@cache
def code(study):
    return fingerprints([study])[study]


def keys(study, edits=(), touched=()):
    """Sweep, stage and axis values to the key of the row; `touched` modules are other ones."""
    changed = code(study) | dict.fromkeys(touched, "other")
    found = params(study, edits)
    others = {i.study: Plan(i.study, params(i.study), code(i.study)) for i in found.all_inputs()}
    plan = Plan(study, found, changed, others=others)
    return {
        (sweep, stage, *cell.axes.values()): plan.key(sweep, stage, cell)
        for sweep in found.sweeps
        for stage in plan.stages(sweep)
        for cell in plan.cells(sweep, stage)
    }


def moved(study, **what):
    """The places of `keys` whose key changes."""
    before, after = keys(study), keys(study, **what)
    return [place for place in before if before[place] != after[place]]


def changed(study, **what):
    """(sweep, stage) to the number of its rows whose key changes."""
    return Counter(place[:2] for place in moved(study, **what))


@pytest.mark.parametrize(
    ("path", "value", "sweeps"),
    [
        ("train.depth", 4, {}),  # its sweep says another
        ("sweeps.layers.train.depth", 4, {"layers": 15}),
        ("train.ranking", "random", {}),  # an axis
        ("train.rounds", 9, {}),
        ("train.looks", 3, {}),
        (
            "train.weight_noise",
            0.01,
            {"hysteresis": 270, "flattening": 60, "release": 20, "one_at_a_time": 5, "masking": 15},
        ),
        ("train.ratio_reach", 20.0, {}),
        ("train.ceiling", 50.0, {}),
        ("sweeps.flattening.train.ceiling", 50.0, {"flattening": 30}),  # those that come down
        ("sweeps.architectures.train.batch", 64, {"architectures": 240}),  # not the exact ones
        (
            "train.kurtosis",
            11.0,
            {"flattening": 60, "release": 20, "one_at_a_time": 5, "masking": 15},
        ),
        ("train.width", 9, {"allocation": 40}),
    ],
)
def test_an_edit_of_a_capacity_parameter_reaches_the_rows_that_read_it(path, value, sweeps):
    found = changed("capacity", edits=[(path, value)])
    assert {s: n for (s, stage), n in found.items() if stage == "train"} == sweeps


@pytest.mark.parametrize(
    ("module", "sweeps"),
    [
        ("phase", ["phase"]),
        ("allocate", ["allocation"]),
        ("flatten", ["hysteresis", "flattening", "release"]),
        ("flatten_one", ["one_at_a_time"]),
        ("mask", ["masking"]),
        ("compare", ["architectures"]),
        ("deep", ["layers"]),
    ],
)
def test_an_edit_of_a_capacity_module_reaches_the_rows_of_its_kind(module, sweeps):
    found = changed("capacity", touched=[f"train/{module}"])
    assert [sweep for sweep, stage in found if stage == "train"] == sweeps


@pytest.mark.parametrize(
    ("path", "value", "rows"),
    [
        ("fit.k", 4, {"fit": 10, "control": 10}),
        ("fit.penalty", 0.1, {"fit": 10, "control": 10}),
        ("fit.samples", 4096, {"fit": 20, "control": 20}),
        ("control.controls", ["permuted"], {"control": 20}),
    ],
)
def test_an_edit_of_a_dictionary_reaches_its_rows_and_those_of_its_controls(path, value, rows):
    found = changed("monosemanticity", edits=[(path, value)])
    assert found == {("dictionaries", stage): count for stage, count in rows.items()}


def test_an_edit_of_one_architecture_reaches_the_rows_of_that_architecture():
    gated = moved("sae_recovery", edits=[("fit.sparsities.gated", [0.5, 1.2, 2.4])])
    assert len(gated) == 10 and {p[:4] for p in gated} == {("frontier", "fit", "gated", 0)}
    jump = moved("sae_recovery", edits=[("fit.threshold", 0.2)])
    assert {architecture for _, _, architecture, *_ in jump} == {"jumprelu"}


def test_an_edit_of_one_kind_of_data_reaches_the_sweeps_of_that_kind():
    found = changed("sae_recovery", edits=[("generate.n_subspaces", 2)])
    assert {sweep for sweep, _ in found} == {"subspaces"}
    found = changed("contrast_pairs", edits=[("fit.noise", 0.6)])
    assert {s for s, _ in found} == {*params("contrast_pairs").sweeps} - {"attention", "imbalance"}


CLASSIFIERS = {
    "bits": {"train": 10, "fit": 10, "control": 10},
    "selectivity": {"train": 5, "fit": 75},
    "families": {"train": 10, "fit": 60},
}
LANGUAGES = {
    "ladder": {"train": 5, "fit": 5, "control": 5},
    "architectures": {"train": 5, "fit": 25, "control": 25},
    "latents": {"train": 10, "fit": 10, "control": 10},
}
"""Sweep to stage to the number of its rows, in `model_or_dataset`."""


def rows(sweeps, *stages):
    return {(s, t): n for s, of in sweeps.items() for t, n in of.items() if t in stages}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("train.n_topics", 4, rows(LANGUAGES, "train", "fit", "control")),
        ("train.n_bits", 20, rows(CLASSIFIERS, "train", "fit", "control")),
        ("train.width", 40, rows(CLASSIFIERS | LANGUAGES, "train", "fit", "control")),
        (
            "fit.penalty_strengths.gated",
            0.4,
            {("architectures", "fit"): 5, ("architectures", "control"): 5},
        ),
        ("fit.threshold", 0.2, {("architectures", "fit"): 5, ("architectures", "control"): 5}),
        ("fit.k", 5, rows(LANGUAGES, "fit", "control")),
        ("fit.typed_bits", 5, rows(CLASSIFIERS, "fit", "control")),
        ("fit.n_train", 700, {("bits", "fit"): 10, ("bits", "control"): 10}),  # elsewhere an axis
        ("control.n_train", 700, {("latents", "control"): 10}),
        ("control.resamples", 400, {("bits", "control"): 10, ("latents", "control"): 10}),
        ("control.controls", ["gaussian"], {("ladder", "control"): 5}),
        ("measure.alpha", 2.0, {}),
    ],
)
def test_an_edit_of_model_or_dataset_reaches_the_rows_that_read_it(path, value, expected):
    assert changed("model_or_dataset", edits=[(path, value)]) == expected


FITS = {f"fit/{name}" for name in SECTIONS}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("studies/model_or_dataset/train/language.py", {"train/language"}),
        ("studies/model_or_dataset/train/classifier.py", {"train/classifier"}),
        ("studies/model_or_dataset/fit/language.py", {"fit/language", *FITS}),
        (
            "studies/model_or_dataset/classifiers.py",
            {"train/classifier", "fit/classifier", "control/classifier"},
        ),
        (
            "studies/model_or_dataset/languages.py",
            {"train/language", "fit/language", "control/language", "control/ladder", *FITS},
        ),
        ("tegum/dictionaries/gated.py", {"fit/gated"}),
    ],
)
def test_an_edit_of_a_module_changes_the_fingerprints_of_its_kinds(monkeypatch, module, expected):
    before = code("model_or_dataset")

    def edited(path):
        return read_text(path) + "\nEDITED = 1\n" * str(path).endswith(module)

    monkeypatch.setattr(files, "read_text", edited)
    after = fingerprints(["model_or_dataset"])["model_or_dataset"]
    assert {name for name in before if before[name] != after[name]} == expected


@pytest.mark.parametrize(
    ("study", "path", "value", "sweeps"),
    [
        ("packing", "measure.k_points", 100, ["jl"]),
        ("capacity", "measure.starts", 3, ["allocation"]),
        ("capacity", "measure.block_cosine", 0.3, ["architectures"]),
        ("capacity", "measure.cases.A", [1.7, 0.5], ["curves"]),
    ],
)
def test_an_edit_of_a_measure_parameter_reaches_the_sweeps_that_read_it(study, path, value, sweeps):
    before, after = (Plan(study, params(study, e), code(study)) for e in ([], [(path, value)]))
    assert [s for s in before.params.sweeps if before.view(s) != after.view(s)] == sweeps


@pytest.mark.parametrize(
    ("study", "sweep", "axes"),
    [
        ("packing", "jl", {"alpha": [1.0]}),
        ("capacity", "allocation", {"kurtosis": [7.0]}),
        ("readout", "threshold", {"n_features": [7]}),
        ("readout", "expansion", {"dataset": ["superposed"]}),
    ],
)
def test_a_sweep_may_be_added_in_yaml_alone(study, sweep, axes):
    edits = [("sweeps.another", {"like": sweep, "axes": axes})]
    plan = Plan(study, params(study, edits), code(study))
    assert plan.kinds("another", "measure") == plan.kinds(sweep, "measure")
    assert plan.code_of("another", "measure") == plan.code_of(sweep, "measure")
