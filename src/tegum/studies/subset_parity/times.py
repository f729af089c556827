"""Times to learn: their logarithms, their medians, and the laws by which they grow."""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.statistics import censored_median


def horizon(ds: xr.Dataset) -> int:
    """Steps after which a model has not learnt."""
    return int(ds["step"].max())


def doublings(ds: xr.Dataset) -> xr.DataArray:
    """log2 of the time, at least that of a model that never learnt."""
    time = ds["time_learnt"].fillna(horizon(ds))
    return time.copy(data=np.log2(time.values))


def medians(ds: xr.Dataset, axis: str = "n_parity") -> str:
    """Kaplan-Meier medians along an axis, as text."""
    each = [
        f"{value}: {censored_median(at(ds['time_learnt'], **{axis: value}).values, horizon(ds)):g}"
        for value in ds[axis].values.tolist()
    ]
    return f"Kaplan-Meier medians of steps by {axis} {', '.join(each)}; {horizon(ds):,} at most"


def slopes(ds: xr.Dataset, signal: xr.DataArray) -> list[float]:
    """Per seed, slope of log time against log(1 / SNR^2) over the other axes."""
    x = -2.0 * np.log2(signal.transpose("seed", ...).values)
    y = doublings(ds).transpose("seed", ...).values
    rows = zip(x.reshape(len(x), -1), y.reshape(len(y), -1), strict=True)
    return [float(np.polyfit(a, b, 1)[0]) if np.isfinite(a).all() else np.nan for a, b in rows]


def laws(ds: xr.Dataset, curriculum: str) -> np.ndarray:
    """Per seed, by how much more of log time a line in k explains than one in log k."""
    y = at(doublings(ds), curriculum=curriculum).transpose("seed", "n_parity").values
    k = ds["n_parity"].values.astype(float)
    left = []
    for x in (np.log2(k), k):
        lines = np.polynomial.polynomial.polyfit(x, y.T, 1)
        left.append(((y - np.polynomial.polynomial.polyval(x, lines)) ** 2).sum(1))
    return (left[0] - left[1]) / ((y - y.mean(1, keepdims=True)) ** 2).sum(1)
