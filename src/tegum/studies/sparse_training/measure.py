"""Monosemantic neurons and losses of models with masks, and of the rounds of pruning."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import monosemanticity as metric
from tegum.studies.sparse_training.params import Measure
from tegum.studies.sparse_training.schema import SCHEMAS


def by_cell(sweep: SweepView[Measure], rows: Rows) -> xr.Dataset:
    """Counts and losses of each cell, of tickets by round: (cell, ...)."""
    train, section = rows["train"], sweep.cells[0].upstream["train"]
    levels = sweep.params.thresholds
    selective = metric.selectivity(train["response_max"], train["response_sum"])
    mono = metric.monosemantic(selective, levels)
    features = section.n_features
    null = [c.upstream["train"].feature_probability for c in sweep.cells]
    null = np.array([features * metric.feature_moments([p], "decoder")[1][0] for p in null])
    lead = list(train["loss"].dims)
    served = metric.coverage(mono, train["response_feature"], features) / features
    wrong = abs(train["kept_share"] - train["wanted_share"]).max("layer")
    loss = train["loss"].values
    found = {
        "mono_per_feature": (mono.sum("hidden") / features).transpose(*lead, "threshold"),
        "coverage": served.transpose(*lead, "threshold"),
        "loss": loss,
        "loss_ratio": loss / null.reshape(-1, *[1] * (loss.ndim - 1)),
        "dead_share": 1 - (selective > 0).mean("hidden"),
        "density": train["kept_share"].isel(layer=0),
        "density_error": wrong,
        "leaked": train["leaked"],
        "loss_change": train["loss_change"],
    }
    schema = SCHEMAS[f"measure/{section.kind}"]
    return schema.dataset({n: np.asarray(v) for n, v in found.items()}, {"threshold": levels})
