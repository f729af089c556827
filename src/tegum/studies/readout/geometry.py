"""In what geometry embeddings lie, trained ones beside those before training, the control."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.data.schema import Schema
from tegum.experiment.cell import SweepView
from tegum.labels import coordinate
from tegum.metrics.capacity import capacities
from tegum.metrics.geometry import cosines
from tegum.studies.readout.params import MeasureModels
from tegum.theory import softmax as law

Array = NDArray[np.floating]
Measured = Mapping[str, Array | float]
CONTROLS = ("none", "untrained")


def geometry(weight: Array, angle_bins: int) -> dict[str, Array | float]:
    """Norms, dimensionalities and angles of embeddings (feature, dimension)."""
    weight = weight.astype(float)
    cosine = cosines(weight)
    pairs = law.pair_cosines(cosine)
    gram = weight @ weight.T
    return {
        "norm": np.linalg.norm(weight, axis=1),
        "dimensionality": capacities(weight),
        "least_cosine": pairs.min(),
        "mean_cosine": np.abs(pairs).mean(),
        "angle_density": law.angle_density(cosine, angle_bins),
        "gram": gram / gram.diagonal().mean(),
    }


def labelled(
    found: Sequence[Measured],
    sweep: SweepView[MeasureModels],
    train: xr.Dataset,
    schema: Schema,
) -> xr.Dataset:
    """What was measured of models, and of the same before training, as a Dataset along `cell`.

    Args:
        found: the models of the sweep's cells, each of `CONTROLS` in turn.
        sweep: its cells.
        train: rows along `cell`, for their convergence.
        schema: of the Dataset.
    """
    values = {}
    for name in found[0]:
        stacked = _stacked([np.asarray(one[name], np.float32) for one in found])
        values[name] = stacked.reshape(-1, len(CONTROLS), *stacked.shape[1:])
    bins = sweep.params.angle_bins
    centres = 180 / bins * (np.arange(bins) + 0.5)
    coords = {
        "control": coordinate("control", np.array(CONTROLS, dtype=object), "control"),
        "angle": coordinate("angle", centres, "angle between embeddings", "degree"),
    }
    values["loss_change"] = train["loss_change"].values
    whole = schema.dataset(values, coords)
    return whole.assign(gram=_of_first_seed(whole["gram"], sweep))


def _of_first_seed(values: xr.DataArray, sweep: SweepView[MeasureModels]) -> xr.Variable:
    """Matrices are kept of one seed: on the grid of the sweep without `seed`."""
    first = [i for i, cell in enumerate(sweep.cells) if cell.seed == sweep.cells[0].seed]
    shape = {axis: len(there) for axis, there in sweep.axes.items() if axis != "seed"}
    kept = values.isel(cell=first)
    data = kept.values.reshape(*shape.values(), *kept.shape[1:])
    return xr.Variable((*shape, *kept.dims[1:]), data, kept.attrs)


def _stacked(arrays: Sequence[Array]) -> Array:
    """Arrays of several sizes along a new first axis, filled with NaN."""
    largest = np.max([a.shape for a in arrays], axis=0).astype(int)
    found = np.full((len(arrays), *largest), np.nan, np.float32)
    for i, array in enumerate(arrays):
        found[(i, *map(slice, array.shape))] = array
    return found
