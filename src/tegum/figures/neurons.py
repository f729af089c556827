"""What each neuron of a model serves: bars of its gains, stacked over the features."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import theme
from tegum.labels import along, coordinate

DRAWN = 0.05
"""Gain from which on a feature is drawn in its neuron's bar."""


def neuron_stacks(gain: xr.DataArray, axis: str, *others: Any) -> Any:
    """Neurons as bars, the most important feature's first: one panel per value of an axis.

    Args:
        gain: (axis, hidden, feature), features in the order of their importance.
        axis: a labelled axis whose values are titles.
        others: panels that follow.
    """
    seen = (gain > DRAWN).any([d for d in gain.dims if d != "feature"])
    gain = gain.isel(feature=slice(int(np.flatnonzero(seen).max()) + 1))
    rank = coordinate("feature", np.arange(1, gain.sizes["feature"] + 1), "rank of the feature")
    number = coordinate("hidden", np.arange(1, gain.sizes["hidden"] + 1), "neuron")
    panels = []
    for one in along(gain, axis):
        title = f"{gain[axis].attrs['long_name']} {one[axis].item():g}"
        one = one.isel(hidden=one.argmax("feature").argsort().values)
        one = one.assign_coords(feature=rank, hidden=number).assign_attrs(long_name="summed gain")
        look: Any = {"title": title, "xlim": (0.4, number.size + 0.6)}
        table = one.reset_coords(drop=True).to_dataset(name="gain")
        panels.append(theme.stacks(table, "gain", "hidden", "feature", least=DRAWN, **look))
    return theme.layout(*panels, *others)
