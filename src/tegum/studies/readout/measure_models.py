"""Losses of trained models beside their bounds, and the geometry of their embeddings.

Untrained models, the control, are drawn again from the streams of their cells. Geometry is that of
the embeddings W; of a softmax also that of the readouts U without their mean, which it cannot see.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.labels import coordinate, variable
from tegum.metrics.capacity import capacities
from tegum.metrics.geometry import cosines
from tegum.studies.readout.models import initial_weights, stream
from tegum.studies.readout.params import Train
from tegum.theory import softmax as law

Array = NDArray[Any]
Row = dict[str, Any]
CONTROLS = ("none", "untrained")
LONG_NAMES = {
    "loss": "mean squared error",
    "bound": "bound of principal components",
    "loss_ratio": "loss / bound of principal components",
    "divergence": "KL to the target / ln(n/k)",
    "recall": "top-k recall",
    "norm": "norm of the embedding",
    "dimensionality": "feature dimensionality",
    "least_cosine": "least cosine",
    "mean_cosine": "mean |cos|",
    "readout_least_cosine": "least cosine of the centred readouts",
    "readout_mean_cosine": "mean |cos| of the centred readouts",
    "hull_share": "share of readouts on their convex hull",
    "angle_density": "density of angles (1/degree)",
    "gram": "W_i . W_j / mean |W|^2",
}
DIMS = {
    "norm": ("feature",),
    "dimensionality": ("feature",),
    "angle_density": ("angle",),
    "gram": ("feature", "feature_other"),
}


def measure(sweep: Any, train: xr.Dataset) -> xr.Dataset:
    """Measure the models of one sweep; every variable has its axes, then `control`, first."""
    axes = tuple(sweep.axes)
    shape = tuple(len(v) for v in sweep.axes.values())
    kept = {str(n): train[n].transpose(*axes, ...).values for n in train.data_vars}
    table: list[Row] = []
    for at, cell in zip(np.ndindex(shape), sweep.cells, strict=True):
        section: Train = cell.upstream["train"]
        n, m = section.n_features, section.n_dimensions
        # Smaller models than the largest are padded, with 0 or with NaN.
        trained = kept["weight"][at][:n, :m], kept["unembedding"][at][:n, :m], kept["bias"][at][:n]
        seed = cell.stream("init")
        start = initial_weights(section, seed)[:, :m]
        softmax = section.readout == "softmax"
        opposite = initial_weights(section, seed, 1)[:, :m] if softmax else start
        for weights in (trained, (start, opposite, np.zeros(n))):
            table.append(_measured(_At(cell, section), weights, sweep.params))
    return _labelled(table, sweep, train)


class _At:
    """A cell as the models know it: `params` are those of the section `train`."""

    def __init__(self, cell: Any, section: Train) -> None:
        self.params, self.stream = section, cell.stream


def _measured(cell: _At, weights: tuple[Array, Array, Array], section: Any) -> Row:
    judge = _softmax if cell.params.readout == "softmax" else _tied
    weight = weights[0].astype(float)
    cosine = cosines(weight)
    pairs = law.pair_cosines(cosine)
    gram = weight @ weight.T
    return judge(cell, weights, section.evaluation_samples) | {
        "norm": np.linalg.norm(weight, axis=1),
        "dimensionality": capacities(weight),
        "least_cosine": pairs.min(),
        "mean_cosine": np.abs(pairs).mean(),
        "angle_density": law.angle_density(cosine, section.angle_bins),
        "gram": gram / gram.diagonal().mean(),
    }


def _tied(cell: _At, weights: tuple[Array, Array, Array], samples: int) -> Row:
    section, (weight, _, bias) = cell.params, weights
    mean, covariance = law.moments(section.feature_probability, section.n_features)
    batch = [part[0].numpy() for part in stream([cell], "evaluation", samples).batch(0)]
    if section.data == "subsets":
        covariance = np.cov(batch[0].T, bias=True)
    if section.readout == "linear":
        loss = law.linear_loss(weight, bias, mean, covariance)
    else:
        loss = law.tied_loss(weight, bias, *batch)
    bound = law.component_bound(covariance, section.n_dimensions)
    return {"loss": loss, "bound": bound, "loss_ratio": loss / bound}


def _softmax(cell: _At, weights: tuple[Array, Array, Array], samples: int) -> Row:
    inputs = stream([cell], "evaluation", samples).batch(0)[0][0].numpy()
    divergence, recall = law.softmax_scores(*weights, inputs)
    readouts = law.centred(weights[1])
    pairs = law.pair_cosines(cosines(readouts))
    flat = readouts.shape[1] == 2
    return {
        "divergence": divergence,
        "recall": recall,
        "readout_least_cosine": pairs.min(),
        "readout_mean_cosine": np.abs(pairs).mean(),
        "hull_share": law.hull_share(readouts) if flat else np.nan,
    }


def _labelled(table: list[Row], sweep: Any, train: xr.Dataset) -> xr.Dataset:
    axes = tuple(sweep.axes)
    shape = (*(len(v) for v in sweep.axes.values()), len(CONTROLS))
    data: dict[str, xr.Variable] = {}
    for name in table[0]:
        values = _stacked([np.asarray(row[name], np.float32) for row in table])
        dims = (*axes, "control", *DIMS.get(name, ()))
        array = variable(dims, values.reshape(*shape, *values.shape[1:]), LONG_NAMES[name], "1")
        # Matrices are shown of one seed.
        data[name] = array.isel(seed=0) if name == "gram" else array
    sizes = {d: n for v in data.values() for d, n in zip(v.dims, v.shape, strict=True)}
    coords: dict[str, xr.Variable] = {a: train[a].variable for a in axes}
    coords["control"] = coordinate("control", np.array(CONTROLS, dtype=object), "control")
    for dim in ("feature", "feature_other"):
        coords[dim] = coordinate(dim, np.arange(sizes[dim]), dim.replace("_", " "))
    width = 180 / sizes["angle"]
    centres = width * (np.arange(sizes["angle"]) + 0.5)
    coords["angle"] = coordinate("angle", centres, "angle between embeddings", "degree")
    return xr.Dataset(data, coords)


def _stacked(arrays: list[Array]) -> Array:
    """Arrays of several sizes along a new first axis, filled with NaN."""
    largest = np.max([a.shape for a in arrays], axis=0).astype(int)
    found = np.full((len(arrays), *largest), np.nan, np.float32)
    for i, array in enumerate(arrays):
        found[(i, *map(slice, array.shape))] = array
    return found
