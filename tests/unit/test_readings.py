"""Numbers that findings of several studies rest on."""

import numpy as np
import pytest
import xarray as xr

from tegum.labels import MissingError
from tegum.ledger.readings import exponent


def powers(of: float) -> xr.DataArray:
    width = np.array([2.0, 4.0, 32.0])
    values = np.stack([3 * width**of] * 5, axis=1)
    return xr.DataArray(values, {"width": width, "seed": np.arange(5)}, ("width", "seed"))


def test_the_exponent_of_a_power_law_is_its_power():
    np.testing.assert_allclose(exponent(powers(-0.7), "width"), np.full(5, -0.7))


def test_an_exponent_is_undefined_where_a_value_is_zero_or_alone():
    values = powers(1.0)
    values[0, 3] = 0.0
    assert exponent(values, "width").isnull().values.tolist() == [False] * 3 + [True, False]
    with pytest.raises(MissingError, match="width has 1 values"):
        exponent(values.isel(width=[0]), "width")
