"""`tegum.train`: the points of a grid are those of the studies, and errors name the argument."""

import numpy as np
import pytest

import tegum
from tegum.experiment.cell import Cell, Context
from tegum.studies.toy_superposition.params import Tied
from tegum.studies.toy_superposition.train import tied

SIZES = {"n_features": 5, "n_dimensions": 2, "batch": 32, "steps": 12}
MODEL = tegum.Tied(**SIZES)


def test_a_point_has_the_bits_that_the_study_gives_it_whatever_else_is_in_the_grid():
    grid = {"feature_probability": [0.1, 0.3, 1.0], "seed": [0, 4]}
    found = tegum.train(MODEL, grid)
    axes = {"feature_probability": 0.3, "seed": 4}
    cell = Cell("toy_superposition", "train", axes, Tied(**SIZES, feature_probability=0.3))
    row = tied.run([cell], {}, Context(progress=False))
    for name in ("weight", "bias", "evaluation_loss"):
        assert np.array_equal(found[name].sel(axes), row[name][0]), name


def test_axes_are_labelled_and_models_of_several_shapes_stand_side_by_side():
    model = tegum.TwoLayer(n_features=6, n_inputs=3, steps=4, batch=16, evaluation_samples=32)
    found = tegum.train(model, {"width": np.array([4, 6])}, learning_rate=0.01)
    assert found["bias"].dims[0] == "width"
    assert found.sizes["hidden"] == 6
    assert np.isnan(found["bias"].sel(width=4).isel(hidden=slice(4, None))).all()
    assert found["width"].attrs["long_name"] == "width"


def test_without_a_grid_there_is_one_model():
    found = tegum.train(tegum.Hidden(n_features=4, width=5, steps=3, batch=8), steps=4)
    assert "seed" not in found.dims and "cell" not in found.dims


WRONG = {
    "no such parameter; did you mean 'feature_probability'": {"grid": {"feature_prob": [1.0]}},
    "grid: feature_probability: found 2.0": {"grid": {"feature_probability": [2.0]}},
    "grid: seed is 5; give a list of values": {"grid": {"seed": 5}},
    "grid: seed: empty": {"grid": {"seed": []}},
    "steps: found 0": {"steps": 0},
    "model is a dict; give tegum.Tied": {"model": {}},
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_is_told_by_the_name_of_the_argument(message):
    with pytest.raises(tegum.TegumError, match=message):
        tegum.train(**{"model": MODEL, **WRONG[message]})


def test_a_model_of_unknown_or_impossible_parameters_is_refused_in_a_line_each():
    with pytest.raises(tegum.TegumError, match=r"^no argument n_feature: did you mean n_features"):
        tegum.Tied(n_feature=3)  # type: ignore[call-arg]
    with pytest.raises(tegum.TegumError, match=r"^start: pentagon is a geometry of n_features: 5"):
        tegum.Tied(start="pentagon")
    with pytest.raises(tegum.TegumError) as found:
        tegum.Tied(n_features=0, batch=0)
    assert [line.split(" is ")[0] for line in str(found.value).splitlines()] == [
        "n_features",
        "batch",
    ]
