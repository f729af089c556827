"""What the tied models represent, how, and at what loss.

`dimensionality` is D_i, which is also the capacity C_i. Measurements of other kinds add to these.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.toy_superposition.features import importances, probabilities
from tegum.studies.toy_superposition.params import Represented
from tegum.studies.toy_superposition.schema import SCHEMAS
from tegum.theory import toy
from tegum.theory.tied_models import summary

Array = NDArray[Any]
View = SweepView[Represented]


def by_cell(sweep: View, rows: Rows) -> xr.Dataset:
    """Measure one sweep of tied models."""
    return measured("tied", sweep, rows["train"], {})


def measured(kind: str, sweep: View, train: xr.Dataset, more: Mapping[str, Array]) -> xr.Dataset:
    """What all tied models have, with what a kind of measurement adds: variables (cell, ...)."""
    coords = {n: train[n] for n in ("step", "checkpoint", "feature", "dimension")}
    return SCHEMAS[f"measure/{kind}"].dataset({**_represented(sweep, train), **more}, coords)


def feature_probabilities(sweep: View) -> Array:
    """Probability of each feature, (cell, feature)."""
    return np.stack([probabilities(c.upstream["train"]) for c in sweep.cells])


def importance(sweep: View) -> Array:
    """Importance of each feature, (cell, feature)."""
    return np.stack([importances(c.upstream["train"]) for c in sweep.cells])


def _represented(sweep: View, train: xr.Dataset) -> dict[str, Array]:
    kept = {str(n): v.transpose("cell", ...).values for n, v in train.data_vars.items()}
    weight, bias = kept["weight"].astype(float), kept["bias"].astype(float)
    value, params = importance(sweep), sweep.params
    about = summary(weight, bias, value, params.represented_norm, params.neighbour_cosine)
    return (
        kept
        | about
        | {
            "loss_ratio": kept["evaluation_loss"] / _null(sweep, value)[:, None],
            "sum_dimensionality": kept["dimensionality"][:, -1].sum(-1),
            "importance": value,
        }
    )


def _null(sweep: View, value: Array) -> Array:
    """Loss of the best constant; a member of an anticorrelated set is as rare as the set is big."""
    sections = [c.upstream["train"] for c in sweep.cells]
    share = [p.set_size if p.correlation == "anticorrelated" else 1 for p in sections]
    return toy.null_loss(feature_probabilities(sweep) / np.array(share)[:, None], value)
