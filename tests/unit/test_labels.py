"""Labelled arrays: their parts, joined and selected by exact values."""

import numpy as np
import pytest
import xarray as xr

from tegum.labels import MissingError, along, joined, labelled, those, unlabelled

ARRAY = xr.DataArray(np.arange(6.0).reshape(3, 2), dims=("x", "y"), coords={"x": [0.1, 0.3, 1.0]})


def test_a_labelled_array_is_a_variable_that_figures_can_name():
    table = labelled(ARRAY, "gain", "gain of a neuron", "1")
    assert "gain" not in unlabelled(table)
    np.testing.assert_array_equal(table["gain"], ARRAY)


def test_parts_along_an_axis_are_joined_to_the_same_array_under_their_names():
    parts = dict(zip(("low", "middle", "high"), along(ARRAY, "x"), strict=True))
    both = joined("x", parts)
    assert both["x"].values.tolist() == ["low", "middle", "high"]
    np.testing.assert_array_equal(both.transpose("x", "y"), ARRAY)


def test_values_that_a_mask_marks_are_kept_and_none_is_named():
    assert those(ARRAY, "x", ARRAY["x"] < 0.5, "below 0.5")["x"].values.tolist() == [0.1, 0.3]
    with pytest.raises(MissingError, match="x has no value above 2"):
        those(ARRAY, "x", ARRAY["x"] > 2, "above 2")
