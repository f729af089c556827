"""Rows of buckets joined and laid out on the grid of a sweep."""

import itertools
from typing import Annotated

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from tegum.data.rows import join, join_controls, on_grid, with_axes, with_changes
from tegum.errors import TegumError
from tegum.experiment.params import Section
from tegum.experiment.sweep import Cell
from tegum.labels import coordinate, variable


def rows(values, width=1):
    data = np.repeat(np.asarray(values, float)[:, None], width, 1)
    return xr.Dataset(
        {
            "weight": variable(("cell", "hidden"), data, "weight", "V"),
            "time": variable("checkpoint", [1.0, 2.0], "time", "s"),
        },
        {"hidden": coordinate("hidden", np.arange(width), "neuron")},
    )


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_every_row_is_at_its_place_on_the_grid_whatever_its_order(sizes, random):
    names = ["rate", "width", "seed"][: len(sizes)]
    axes = {n: [10.0 * k for k in range(size)] for n, size in zip(names, sizes, strict=True)}
    cells = [dict(zip(axes, v, strict=True)) for v in itertools.product(*axes.values())]
    random.shuffle(cells)
    values = [sum(v * 100**i for i, v in enumerate(c.values())) for c in cells]
    grid = on_grid(rows(values), axes, cells)
    assert grid["weight"].dims == (*names, "hidden")
    for cell, value in zip(cells, values, strict=True):
        assert grid["weight"].sel(cell).item() == value
    assert grid["time"].dims == ("checkpoint",)
    assert grid["weight"].attrs == {"long_name": "weight", "units": "V"}


def test_a_sweep_without_axes_is_one_point():
    assert on_grid(rows([3.0]), {}, [{}])["weight"].dims == ("hidden",)


def test_a_point_without_a_row_is_told():
    with pytest.raises(TegumError, match=r"no row for \{'seed': 1\}: run snakemake"):
        on_grid(rows([3.0]), {"seed": [0, 1]}, [{"seed": 0}])


def test_rows_of_different_width_are_filled_with_nan():
    whole = join([rows([1.0, 2.0], width=2), rows([3.0], width=3)])
    assert whole["weight"].shape == (3, 3)
    np.testing.assert_array_equal(np.isnan(whole["weight"].values).sum(1), [1, 1, 0])
    assert whole["weight"].attrs == {"long_name": "weight", "units": "V"}
    np.testing.assert_array_equal(whole["time"], [1.0, 2.0])


@given(st.lists(st.floats(-9, 9, allow_subnormal=False), min_size=1, max_size=6), st.integers(1, 3))
def test_splitting_and_joining_gives_the_rows_back(values, width):
    whole = rows(values, width)
    parts = [whole.isel(cell=[i]) for i in range(len(values))]
    xr.testing.assert_identical(join(parts), whole)


class Train(Section):
    rate: Annotated[float, Field(json_schema_extra={"units": "1/s"})] = 0.1


def test_axis_values_lie_beside_the_rows_with_their_units():
    cells = [
        Cell("walk", "fit", {"rate": r, "seed": 0}, Section(), {"train": Train()}) for r in (1, 2)
    ]
    found = with_axes(rows([5.0, 6.0]), cells)
    np.testing.assert_array_equal(found["rate"], [1, 2])
    assert found["rate"].attrs == {"long_name": "rate", "units": "1/s"}
    assert found["seed"].attrs == {"long_name": "seed", "units": "1"}
    xr.testing.assert_identical(with_axes(found, cells), found)


def test_what_has_no_control_stands_first_and_places_without_controls_are_empty():
    plain = xr.Dataset({"loss": ("level", [1.0, 2.0], {"units": "1"})}, {"level": [0, 1]})
    controlled = plain.isel(level=[1]).expand_dims(control=["shuffled"]) * 3
    found = join_controls(plain, controlled)
    assert found["control"].values.tolist() == ["none", "shuffled"]
    np.testing.assert_array_equal(found["loss"], [[1.0, 2.0], [np.nan, 6.0]])
    assert found["loss"].attrs == {"units": "1"}
    xr.testing.assert_identical(join_controls(plain, None).sel(control="none", drop=True), plain)


def test_a_measured_dataset_carries_the_largest_change_of_what_it_rests_on():
    """Over stages, of which one has fewer axes, and over inner dims; signs are kept."""
    axes = {"seed": [0, 1], "size": [1, 2, 3]}
    train = xr.DataArray([0.1, -0.5], dims="seed").astype(np.float32)
    fit = xr.DataArray([[[0.0, -0.3], [0.2, 0.0], [np.nan, 0.0]]] * 2, dims=[*axes, "site"])
    rows = {"train": xr.Dataset({"loss_change": train}), "fit": xr.Dataset({"loss_change": fit})}
    found = with_changes(xr.Dataset(), rows, axes)["loss_change"]
    assert found.dims == ("seed", "size") and "mcc_change" not in rows["fit"]
    np.testing.assert_allclose(found, [[-0.3, 0.2, 0.1], [-0.5, -0.5, -0.5]], rtol=1e-6)
    assert with_changes(xr.Dataset(), {}, axes).sizes == {}
