"""What each layer of a deeper network does with the features, trained and untrained.

Rows: per (control, layer) the embedding of the features and the marginal return of capacity.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.controls.weights import untrained
from tegum.labels import coordinate, variable
from tegum.metrics.layer_capacity import ReluNetwork, layer_returns
from tegum.studies.capacity.networks import SparseFeatures
from tegum.studies.capacity.params import Fit, Train
from tegum.studies.capacity.problems import CONTROLS, values


def run(cells: Sequence[Any], rows: Any, context: Any) -> xr.Dataset:
    """Embeddings (cell, control, layer, feature, hidden) and returns (cell, control, layer,
    feature)."""
    section: Fit = cells[0].params
    embeddings, returns = [], []
    for index, cell in enumerate(cells):
        params: Train = cell.upstream["train"]
        row = rows["train"].isel(cell=index)
        stream = SparseFeatures(
            [cell.stream("evaluation")],
            [params.feature_probability],
            params.n_features,
            section.probe_samples,
            signed=False,
        )
        inputs = stream.batch(0)[0][0].numpy().astype(np.float64)
        trained = _network(row)
        models = {"none": trained, "untrained": _untrained(trained, cell.stream("control"))}
        seen = [
            [layer_returns(models[c], inputs, values(params), i) for i in range(params.depth)]
            for c in CONTROLS
        ]
        embeddings.append([[layer[0] for layer in model] for model in seen])
        returns.append([[layer[1] for layer in model] for model in seen])
    place = ("cell", "control", "layer", "feature")
    embedding, marginal = (np.array(x, dtype=np.float32) for x in (embeddings, returns))
    found = xr.Dataset(
        {
            "embedding": variable((*place, "hidden"), embedding, "embedding at a layer", "1"),
            "marginal_return": variable(place, marginal, "marginal return", "loss / dimension"),
        },
        {"control": coordinate("control", list(CONTROLS), "control")},
    )
    inner = ("layer", "feature", "hidden")
    return found.assign_coords({d: coordinate(d, np.arange(found.sizes[d]), d) for d in inner})


def _network(row: xr.Dataset) -> ReluNetwork:
    between = [row["between"].values[link] for link in range(row.sizes["link"])]
    weights = [row["encoder"].values, *between, row["decoder"].values]
    return ReluNetwork(
        [w.astype(np.float64) for w in weights],
        [*row["bias"].values.astype(np.float64), row["output_bias"].values.astype(np.float64)],
    )


def _untrained(network: ReluNetwork, seed: int) -> ReluNetwork:
    """Fresh default weights of the same shapes, without biases."""
    fresh = [untrained(w.T, seed + layer).T for layer, w in enumerate(network.weights)]
    return ReluNetwork(
        [w.astype(np.float64) for w in fresh], [np.zeros_like(b) for b in network.biases]
    )
