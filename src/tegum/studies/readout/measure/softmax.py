"""What models before a softmax tell, and the geometry of their embeddings and readouts."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.geometry import cosines
from tegum.studies.readout.features import subsets
from tegum.studies.readout.geometry import Array, geometry, labelled
from tegum.studies.readout.params import MeasureSoftmax, Softmax
from tegum.studies.readout.schema import SCHEMAS
from tegum.studies.readout.train.softmax import EMBEDDING, READOUT, initial
from tegum.theory import softmax as law


def by_cell(sweep: SweepView[MeasureSoftmax], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Trained and untrained models along `cell` and `control`."""
    found, train = [], rows["train"]
    for i, cell in enumerate(sweep.cells):
        section: Softmax = cell.upstream["train"]
        n, m, seed = section.n_features, section.n_dimensions, cell.stream("init")
        # Smaller models than the largest are padded, with 0 or with NaN.
        weight, readout = (train[name].values[i, :n, :m] for name in ("weight", "unembedding"))
        trained = weight, readout, train["bias"].values[i, :n]
        start, opposite = (initial(section, seed, which)[:, :m] for which in (EMBEDDING, READOUT))
        samples = subsets(section, [cell.stream("evaluation")], sweep.params.evaluation_samples)
        inputs = samples.batch(0)[0][0].numpy()
        for weights in (trained, (start, opposite, np.zeros(n))):
            told = _told(weights, inputs)
            found.append(told | geometry(weights[0], sweep.params.angle_bins))
    return labelled(found, sweep, train, SCHEMAS["measure/softmax"])


def _told(weights: tuple[Array, Array, Array], inputs: Array) -> dict[str, Array | float]:
    """Divergence and recall, and the readouts without their mean, which a softmax cannot see."""
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
