"""Input from elsewhere runs nothing, leaves no folder and ends in one clear line."""

import pickle
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faults.test_damage import Trap

from tegum.build.stages import main
from tegum.data import files, netcdf, tensors
from tegum.errors import TegumError
from tegum.experiment.params import kinds_of
from tegum.experiment.rooms import load
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml

BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnopqrstuvwxyz")
)
YAML = {
    "python object": ("a: !!python/object/apply:os.system ['touch trapped']", "python/object"),
    "python name": ("a: !!python/name:os.system", "python/name"),
    "own tag": ("a: !include /etc/passwd", "!include"),
    "alias bomb": (BOMB, "line 2: aliases are not used"),
    "merge": ("a: &a {b: 1}\nc: {<<: *a}", "line 2: aliases are not used"),
    "depth": ("[" * 20000, "not valid YAML"),
    "key given twice": ("a: 1\na: 2", "'a' is given twice"),
    "null byte": ("a: \0", "not valid YAML"),
    "list as key": ("? [a]\n: 1", "line 1: a key is a word or a number"),
    "number without digits": ('a: 1\nb: !!int ""', "line 2: the tag"),
    "date that is none": ("a: !!timestamp x", "line 1: the tag"),
    "half a character": ('"\\ud800": 3', "line 1: half of a surrogate pair"),
    "whole number without end": (f"a: {'9' * 5000}", "line 1: whole numbers stay within 2**63"),
    "size that no array has": ("a: 9223372036854775808", "line 1: whole numbers stay"),
    "number without bounds": ("a: 1e999", "line 1: numbers stay within"),
    "too long": ("# " + "x" * 2**20, "longer than"),
    "two documents": ("a: 1\n---\nb: 2", "not valid YAML"),
}


@pytest.fixture(autouse=True)
def nothing_was_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not list(tmp_path.rglob("trapped"))


@pytest.mark.parametrize("kind", YAML)
def test_yaml_that_is_more_than_parameters_is_refused(kind):
    text, message = YAML[kind]
    with pytest.raises(TegumError, match=r"params/walk.yaml: ") as caught:
        parse_yaml(text, "params/walk.yaml")
    assert message in str(caught.value)


def whole_numbers(study: str) -> Iterator[tuple[str, str, str, bool]]:
    """(stage, kind, field, whether it is a list) of each parameter that is a size or a count."""
    model = load(study, "params").Params
    for stage in model.CHAIN:
        for kind, section in kinds_of(model, stage).classes.items():
            for name, field in section.model_fields.items():
                if field.annotation in (int, list[int]):
                    yield stage, kind, name, field.annotation is not int


@pytest.mark.parametrize("number", [10**8 + 1, 2**62, 2**63 - 1])
@pytest.mark.parametrize("study", ["capacity", "monosemanticity", "packing", "sae_recovery"])
def test_a_size_that_no_array_has_room_for_is_refused_by_its_name(study, number):
    model = load(study, "params").Params
    count = 0
    for stage, kind, name, several in whole_numbers(study):
        found = kinds_of(model, stage)
        said: dict[str, Any] = {found.tag: found.tag_of(kind)} if found.tag else {}
        said[name] = [8, number] if several else number
        sweep: dict[str, Any] = {"axes": {"seed": [0]}}
        raw = {"title": "-", "question": "-", "sweeps": {"main": sweep}}
        places = [
            (raw | {stage: said}, f"{stage}.{name}"),
            (raw | {"sweeps": {"main": sweep | {stage: said}}}, f"sweeps.main.{stage}.{name}"),
        ]
        for written, place in places:
            with pytest.raises(TegumError) as caught:
                validate(model, written, "params/x.yaml")
            lines = [x for x in str(caught.value).splitlines() if f"x.yaml: {place}" in x]
            assert len(lines) == 1, (place, str(caught.value))
            assert "at most 100,000,000" in lines[0] or "equal to 4000" in lines[0]
        count += 1
    assert count > 4


def test_check_refuses_an_axis_of_sizes_before_anything_is_planned(built):
    built.params("axes: {steps: [20, 40],", f"axes: {{steps: [20, {2**62}],")
    ran = built.tegum("check", fails=True)
    assert ran.text.splitlines() == [
        "error: params/random_walk.yaml: sweeps.length.axes.steps: found 4611686018427387904: "
        "at most 100,000,000"
    ]


@pytest.mark.parametrize("load", [netcdf.load_dataset, tensors.load, files.read_json])
def test_a_pickle_in_place_of_a_file_is_not_loaded(load):
    Path("file").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(TegumError, match=r"^file: "):
        load("file")


def test_a_dataset_of_pickled_objects_is_not_loaded():
    """netCDF has no pickles; numpy's own format does, and is not read."""
    np.save("file.npy", np.array([Trap()], object), allow_pickle=True)
    with pytest.raises(TegumError, match="damaged"):
        netcdf.load_dataset("file.npy")


WILDCARDS = ["../0", "..", "/etc/passwd", "0;touch trapped", "$(touch trapped)", "0\n", "0' '", "*"]


@pytest.mark.parametrize("name", WILDCARDS)
@pytest.mark.parametrize("place", range(4))
def test_a_name_that_the_parameters_do_not_have_runs_no_job(in_built, capsys, name, place):
    before = in_built.outputs()
    names = ["random_walk", "train", "drift", "0"]
    names[place] = name
    assert main(["row", *names]) == 1
    assert capsys.readouterr().err.startswith("error: no ")
    assert in_built.outputs() == before


def test_targets_with_hostile_wildcards_are_refused(built):
    before = built.outputs()
    for target in (
        "data/random_walk/train/drift/../../../../outside.nc",
        "data/random_walk/train/drift/$(touch trapped).nc",
        "data/../random_walk/train/drift/0;touch trapped.nc",
    ):
        refused = built.snakemake("--", target, fails=True)
        assert "Traceback" not in refused.text
        assert "MissingRuleException" in refused.text or "error: no " in refused.text
    assert built.outputs() == before


def test_values_with_shell_characters_are_values(built):
    """They reach file names only as what a file may be called, and the shell not at all."""
    params = "src/tegum/studies/random_walk/params.py"
    label = '"""Number of steps."""\n    label: str = shape("")'
    built.edit(params, '"""Number of steps."""', label)
    values = ["$(touch trapped)", "'; touch trapped; '", "../../x", "a/b", "a:b", "é \\\\ {0}"]
    text = ", ".join('"' + v.replace('"', '\\"') + '"' for v in values)
    built.params("axes: {steps: [20, 40],", f"axes: {{label: [{text}], steps: [20],")
    built.snakemake()
    data = netcdf.load_dataset(built.root / "data/random_walk/measure/length.nc")
    assert data["label"].values.tolist() == [v.replace("\\\\", "\\") for v in values]
    buckets = list((built.root / "data/random_walk/train/length").glob("label*.nc"))
    assert len(buckets) == len(values), "each shape has a bucket of its own"


def trained(scratch: Path | None) -> dict[str, np.ndarray]:
    from unit.engine_setup import build, plan_for

    from tegum.training import harness

    model, stream = build([0])
    return harness.fit(model, stream, plan_for([0], 60), keep=1, scratch=scratch).parameters


def test_a_pickle_in_place_of_a_checkpoint_is_trained_over(tmp_path):
    torch = pytest.importorskip("torch")
    clean = trained(None)
    checkpoint = tmp_path / "last.ckpt"
    saved = tmp_path / "saved"
    torch.save({"tegum": Trap()}, saved)
    for content in (pickle.dumps(Trap()), saved.read_bytes(), b"", b"PK\x03\x04 torn"):
        checkpoint.write_bytes(content)
        found = trained(tmp_path)
        assert found.keys() == clean.keys()
        assert all((found[n] == w).all() for n, w in clean.items())
        assert not checkpoint.exists()


def test_a_yaml_file_of_many_keys_is_read_in_proportion():
    """Twice the keys, about twice the calls: counted, not timed."""
    import cProfile
    import pstats

    def calls(count: int) -> int:
        profile = cProfile.Profile()
        text = "\n".join(f"k{i}: {i}" for i in range(count))
        assert len(profile.runcall(parse_yaml, text, "x")) == count
        return pstats.Stats(profile).total_calls

    assert calls(800) < 2.5 * calls(400)
