"""What each layer of a deeper network does with the features, trained and untrained.

Rows: per (control, layer) the embedding of the features and the marginal return of capacity.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.controls.weights import untrained
from tegum.experiment.cell import Cell, Context
from tegum.metrics.layer_capacity import ReluNetwork, layer_returns
from tegum.studies.capacity.params import Deep, Fit
from tegum.studies.capacity.problems import CONTROLS, values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.synthetic.sparse import SparseFeatures


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Embeddings (cell, control, layer, feature, hidden) and returns (cell, control, layer,
    feature)."""
    embeddings, returns = [], []
    for index, cell in enumerate(cells):
        params: Deep = cell.upstream["train"]
        seed, p = cell.stream("evaluation"), params.feature_probability
        samples = cell.params.probe_samples
        stream = SparseFeatures([seed], [p], params.n_features, samples, signed=False)
        inputs = stream.batch(0)[0][0].numpy().astype(np.float64)
        trained = _network(rows["train"].isel(cell=index))
        models = {"none": trained, "untrained": _untrained(trained, cell.stream("control"))}
        seen = [
            [layer_returns(models[c], inputs, values(params), i) for i in range(params.depth)]
            for c in CONTROLS
        ]
        embeddings.append([[layer[0] for layer in model] for model in seen])
        returns.append([[layer[1] for layer in model] for model in seen])
    found = {"embedding": embeddings, "marginal_return": returns}
    return SCHEMAS["fit/deep"].dataset(found, {"control": list(CONTROLS)})


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
