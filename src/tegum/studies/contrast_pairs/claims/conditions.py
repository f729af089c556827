"""What the findings share: sources, thresholds fixed before any result, and numbers per seed.

Equal seeds share directions, contents, noise and the draws behind the labels, so that differences
between conditions are paired. Accuracies are those of test pairs centred by the training pairs'
means, cut at zero unless a claim says otherwise, with the sign set by the training labels.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from tegum.ledger import findings
from tegum.ledger.claims import Claim, Values

BURNS = "Burns, Ye, Klein and Steinhardt 2022, arXiv 2212.03827"
THREAD = "Angsten (post and comments)"
PROTOTYPE = f"{THREAD}; sizes and numbers of a small prototype"
DERIVED = "derived"

TRUTH_SCALE = 1.5
"""Scale of the truth at all saliences, as in the prototype."""
PERFECT = 0.99
"""Least accuracy that is 'perfect' (D1, D5): 1 in 100 of the test pairs."""
CURVE = 0.03
"""Largest mean deviation from the analytic accuracy: the sampling error of 500 pairs is .02."""
REPRODUCED = 0.05
"""Largest mean deviation from the prototype's accuracies (D3): its three seeds' spread."""
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


def beside_random(
    rule: Callable[..., Claim],
    threshold: float,
    measure: Callable[[str], Values],
    reader: str,
    because: str,
) -> Claim:
    """Judge, `above` or `below`, what is measured of a reader beside that of a random direction."""
    control = "random direction", measure("random")
    return rule(threshold, measure(reader), control=control, because=because)


def off_theory(ds: xr.Dataset, theory: str, reader: str) -> np.ndarray:
    """Mean distance of a reader's accuracy from what theory expects: (seed,)."""
    return per_seed(abs(scored(ds, reader) - ds[theory]), "mean")
