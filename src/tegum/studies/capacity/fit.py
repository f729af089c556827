"""What each layer of a deeper network does with the features, trained and untrained.

Rows: per (control, layer) the embedding of the features and the marginal return of capacity.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.layer_capacity import returns_of_layers, stacked_network, untrained_network
from tegum.studies.capacity.params import Deep, Fit
from tegum.studies.capacity.problems import CONTROLS, values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.synthetic.sparse import SparseFeatures


def run(cells: Sequence[Cell[Fit]], rows: Rows, context: Context) -> xr.Dataset:
    """Embeddings (cell, control, layer, feature, hidden) and returns (cell, control, layer,
    feature)."""
    embeddings, returns = [], []
    for index, cell in enumerate(cells):
        params: Deep = cell.upstream["train"]
        seed, p = cell.stream("evaluation"), params.feature_probability
        samples = cell.params.probe_samples
        stream = SparseFeatures([seed], [p], params.n_features, samples, signed=False)
        inputs = stream.batch(0)[0][0].numpy().astype(np.float64)
        row = rows["train"].isel(cell=index).astype(np.float64)
        trained = stacked_network({str(name): row[name].values for name in row})
        models = trained, untrained_network(trained, cell.stream("control"))
        seen = [returns_of_layers(model, inputs, values(params)) for model in models]
        embeddings.append([embedding for embedding, _ in seen])
        returns.append([gain for _, gain in seen])
    found = {"embedding": embeddings, "marginal_return": returns}
    return SCHEMAS["fit/deep"].dataset(found, {"control": list(CONTROLS)})
