"""Points of two Datasets matched by the values of their coordinates, and how far they differ."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import xarray as xr


def labels_of(values: Iterable[Any]) -> list[Hashable]:
    """What the points of a dimension are matched by: the value, and how often it came before.

    Floats count to 12 digits, so that the last bit of a computed coordinate separates nothing.
    """
    seen: Counter[Hashable] = Counter()
    labels = []
    for value in values:
        rounded = float(f"{value:.12g}") if isinstance(value, float) else value
        key = "nan" if isinstance(value, float) and math.isnan(value) else rounded
        labels.append((key, seen[key]))
        seen[key] += 1
    return labels


def values_of(data: xr.Dataset | xr.DataArray, dim: str) -> list[Any]:
    """Coordinate values of a dimension; positions where it has none."""
    return data[dim].values.tolist()


def aligned(a: xr.Dataset, b: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """Both Datasets at the points that both have, in the order of `a`."""
    picked_a, picked_b = {}, {}
    for dim in a.sizes.keys() & b.sizes.keys():
        there = {label: i for i, label in enumerate(labels_of(values_of(b, str(dim))))}
        labels = labels_of(values_of(a, str(dim)))
        picked_a[dim] = [i for i, label in enumerate(labels) if label in there]
        picked_b[dim] = [there[label] for label in labels if label in there]
    return a.isel(picked_a), b.isel(picked_b)


def differences(
    a: np.ndarray, b: np.ndarray, tolerance: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where two arrays of one shape differ, and by how much.

    NaN equals NaN, and an infinity itself. A finite difference counts when it is larger than
    `tolerance` times the larger of the two magnitudes.

    Returns:
        changed: bool.
        absolute: |b - a|; NaN for text and where either value is not finite.
        relative: |b - a| / max(|a|, |b|), 0 where both are zero; NaN likewise.
    """
    if a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf":
        nothing = np.full(a.shape, np.nan)
        return np.asarray(a.astype(object) != b.astype(object)), nothing, nothing
    x, y = np.asarray(a, float), np.asarray(b, float)
    finite = np.isfinite(x) & np.isfinite(y)
    absolute = np.asarray(np.abs(np.where(finite, y, np.nan) - np.where(finite, x, np.nan)))
    scale = np.where(finite, np.maximum(np.abs(x), np.abs(y)), np.nan)
    relative = np.divide(absolute, scale, out=absolute.copy(), where=scale > 0)
    same = (a == b) | (np.isnan(x) & np.isnan(y))
    close = (absolute <= tolerance * scale) & (tolerance > 0)
    return ~same & ~close, absolute, relative
