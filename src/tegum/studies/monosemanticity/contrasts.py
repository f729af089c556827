"""Per-seed numbers that the claims compare: conditions, checkpoints, slopes."""

import numpy as np
import xarray as xr

from tegum.studies.monosemanticity.findings import LEVEL


def at(dataset: xr.Dataset, **axes: float) -> xr.Dataset:
    """The last checkpoint at selectivity `LEVEL`, at the nearest value of each axis."""
    chosen = dataset.sel(threshold=LEVEL, method="nearest").sel(axes, method="nearest")
    return chosen.isel(checkpoint=-1)


def untrained(dataset: xr.Dataset, **axes: float) -> xr.Dataset:
    """The same after the first update."""
    chosen = dataset.sel(threshold=LEVEL, method="nearest").sel(axes, method="nearest")
    return chosen.isel(checkpoint=0)


def relative(after: xr.Dataset, before: xr.Dataset) -> np.ndarray:
    """Relative change of the evaluation loss, per seed."""
    loss = "evaluation_loss"
    return (after[loss] / before[loss]).values - 1


def mono(dataset: xr.Dataset) -> np.ndarray:
    """Monosemantic neurons per feature, per seed."""
    return dataset["mono_per_feature"].values


def trough(ds: xr.Dataset) -> int:
    """Position of the last checkpoint at the trough of the learning rate."""
    scale = ds["learning_rate_scale"].values
    return int(np.flatnonzero(np.isclose(scale, scale.min()))[-1])


def octave_changes(ds: xr.Dataset) -> np.ndarray:
    """Change of mono neurons per feature over each octave at equal phase: (octave, seed)."""
    counts = ds["step"].values + 1
    octaves = [int(np.flatnonzero(counts == n)[0]) for n in _halvings(counts)]
    mono = ds["mono_per_feature"].sel(threshold=LEVEL, method="nearest").isel(checkpoint=octaves)
    return mono.transpose("checkpoint", ...).diff("checkpoint").values


def _halvings(counts: np.ndarray) -> list[int]:
    """The last count of steps, halved while it is a checkpoint, ascending."""
    found = [int(counts[-1])]
    while found[-1] % 2 == 0 and found[-1] // 2 in counts:
        found.append(found[-1] // 2)
    return found[::-1]


def mixture(ds: xr.Dataset) -> np.ndarray:
    """The smaller of the shares of served and of shared features, per seed."""
    return np.minimum(ds["coverage"].values, ds["shared_share"].values)


def slope(values: xr.DataArray, x: np.ndarray) -> np.ndarray:
    """Least-squares slope over the width, per seed."""
    centred = x - x.mean()
    return values.transpose("seed", "width").values @ centred / (centred @ centred)
