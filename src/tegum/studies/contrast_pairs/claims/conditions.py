"""What the findings share: sources, thresholds fixed before any result, and numbers per seed.

Equal seeds share directions, contents, noise and the draws behind the labels, so that differences
between conditions are paired. Accuracies are those of test pairs centred by the training pairs'
means, cut at zero unless a claim says otherwise, with the sign set by the training labels.
"""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at_least
from tegum.ledger import findings

BURNS = "Burns, Ye, Klein and Steinhardt 2022, arXiv 2212.03827"
THREAD = "Angsten (post and comments)"
PROTOTYPE = f"{THREAD}; sizes and numbers of a small prototype"
CODE = f"official code of {BURNS}"
DERIVED = "derived"

TRUTH_SCALE = 1.5
"""Scale of the truth at all saliences, as in the prototype."""
PERFECT = 0.99
"""Least accuracy that is 'perfect' (D1, D5): 1 in 100 of the test pairs."""
NEAR_ONE = 0.95
"""Least |cos| that is 'near 1' (D1): own choice."""
CURVE = 0.03
"""Largest mean deviation from the analytic accuracy: the sampling error of 500 pairs is .02."""
RESTORED = 0.95
"""Least accuracy that is 'restored' (D2): own choice."""
STRONG = 0.8
"""Imbalance up to which an Otsu threshold restores CCS (D2)."""
LOST = 0.5
"""Largest |cos| of a direction that is 'lost' (D2): own choice."""
REPRODUCED = 0.05
"""Largest mean deviation from the prototype's accuracies (D3): its three seeds' spread."""
HARD = {
    "ccs": (0.881, 0.787, 0.669, 0.575, 0.523),
    "kmeans": (0.908, 0.891, 0.816, 0.671, 0.552),
    "gmm": (0.809, 0.821, 0.739, 0.647, 0.591),
}
"""The prototype's accuracies over the five imbalances (D3)."""
HARD_LOGISTIC = (0.867, 0.938)
HARD_COS = (0.85, 0.20)
"""|cos| of CCS with the truth at the mildest and at the strongest imbalance (D3)."""
SWITCH = 0.05
"""Largest distance of the measured switch from the analytic one: the spacing of the grid (D4)."""
GAP = 0.25
"""Least gap between the supervised probe and CCS that is 'succeeds, fails' (D5): own choice."""
REGRET = 0.05
"""Least accuracy that the lowest loss gives away (D6): own choice."""
CHANCE_LOSS = 0.25
"""CCS loss of p = 1/2 everywhere (D6)."""
WRONG = 0.5
"""Accuracy on disagreeing pairs below which the distractor is followed: chance."""
READABLE = 0.9
"""Least accuracy of the supervised probe on hidden states that hold the truth: own choice."""
CONVERGED = 0.05
"""Largest relative change of a transformer's loss over the last half of its training."""

finding = partial(findings.finding, converged=CONVERGED)


def scored(
    ds: xr.Dataset,
    reader: str,
    name: str = "accuracy",
    *,
    threshold: str = "zero",
    normalisation: str = "train",
    control: str = "none",
) -> xr.DataArray:
    """One reader's measure on the sweep's axes."""
    wanted = {
        "reader": reader,
        "threshold": threshold,
        "normalisation": normalisation,
        "control": control,
    }
    return ds[name].sel({d: v for d, v in wanted.items() if d in ds[name].dims})


def per_seed(values: xr.DataArray, how: str) -> np.ndarray:
    """Reduce all dims but the seed by `min`, `max` or `mean`."""
    return getattr(values, how)([d for d in values.dims if d != "seed"]).values


def switch(ds: xr.Dataset, reader: str) -> np.ndarray:
    """The imbalance from which a reader is nearer the distractor than the truth: (seed,).

    Between the neighbours on the grid where the |cos| cross, by a straight line; 1 where they
    never do.
    """
    at_least(ds, truth_probability=2)
    gap = scored(ds, reader, "cos_truth") - scored(ds, reader, "cos_distractor")
    imbalance = ds["truth_probability"].values
    found = []
    for values in gap.transpose("seed", "truth_probability").values:
        turned = np.flatnonzero(values < 0)
        if turned.size == 0:
            found.append(1.0)
            continue
        j = turned[0]
        if j == 0:
            found.append(imbalance[0])
            continue
        share = values[j - 1] / (values[j - 1] - values[j])
        found.append(imbalance[j - 1] + share * (imbalance[j] - imbalance[j - 1]))
    return np.array(found)


def regret(ds: xr.Dataset) -> np.ndarray:
    chosen = ds["try_accuracy"].isel({"try": ds["loss"].argmin("try")})
    return (ds["try_accuracy"].max("try") - chosen).values
