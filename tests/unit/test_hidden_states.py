"""Files of hidden states: a planted truth is found, and what is wrong is said."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from tegum import cli
from tegum.data import tensors
from tegum.errors import TegumError
from tegum.evidence import hidden_states
from tegum.synthetic.pairs import PairLaw, directions, synthetic_pairs


def arrays():
    axes = directions(12, 3)
    pairs = synthetic_pairs(200, PairLaw(truth_probability=0.6), axes, 4)
    return {
        "positive": pairs.positive,
        "negative": pairs.negative,
        "labels": pairs.labels.astype(np.int8),
        "truth": axes[0],
    }


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_a_planted_truth_is_found_in_a_file(tmp_path, capsys, suffix):
    path = tmp_path / f"states.{suffix}"
    if suffix == "npz":
        np.savez(path, **arrays())
    else:
        save_file({n: np.ascontiguousarray(a) for n, a in arrays().items()}, path)
    assert cli.main(["contrast", str(path), "--json"]) == 0
    rows = {r["reader"]: r for r in json.loads(capsys.readouterr().out)}
    for name in ("ccs", "tpc", "kmeans", "logistic"):
        assert rows[name]["accuracy"] > 0.95 and rows[name]["cos_truth"] > 0.9
        assert rows[name]["accuracy_shuffled_labels"] < 0.7
    assert rows["random"]["accuracy"] < 0.85


def test_without_a_known_direction_the_table_says_so():
    found = {n: a for n, a in arrays().items() if n != "truth"}
    rows = hidden_states.readers(found, "here")
    assert all(r["cos_truth"] is None for r in rows)
    text = hidden_states.text(rows)
    assert "logistic" in text and " -" in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"labels": None}, "labels"),
        ({"positive": np.zeros(5)}, "shape"),
        ({"negative": np.zeros((3, 12))}, "negative has shape"),
        ({"labels": np.full(200, 2)}, "0 and 1"),
        ({"labels": np.ones(200)}, "1 in 200 of 200"),
        ({"positive": np.full((200, 12), np.nan)}, "finite"),
        ({"truth": np.full(12, "a")}, "truth has type"),
    ],
)
def test_what_is_wrong_with_the_arrays_is_said(change, says):
    found = {n: a for n, a in (arrays() | change).items() if a is not None}
    with pytest.raises(TegumError, match=says):
        hidden_states.readers(found, "file.npz")


def test_python_objects_and_other_files_are_refused(tmp_path):
    path = tmp_path / "states.npz"
    np.savez(path, labels=np.array([{"a": 1}], dtype=object))
    with pytest.raises(TegumError, match="npz file without Python objects"):
        tensors.load_arrays(path)
    for name, message in (("states.npz", "not an npz"), ("states.safetensors", "not a whole")):
        (tmp_path / name).write_bytes(b"not arrays")
        with pytest.raises(TegumError, match=message):
            tensors.load_arrays(tmp_path / name)
