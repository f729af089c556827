"""T23: whether training on attacked inputs removes superposition, and at which budget.

Superposition counts as gone at the smallest budget at which features per dimension, |W|^2 / m, are
at most `GONE`, linear between the budgets of the sweep.
"""

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import Untested
from tegum.metrics.crossings import first_negative
from tegum.studies.toy_superposition.claims.sources import PAPER, trained

PUBLISHED, ABOUT = 0.8, 0.2
"""Share of the mean input norm (T23), and the distance from it that is still about it: own
choice."""
GONE = 1.05
"""Features per dimension at which superposition is gone: as `geometry.ABOUT_ONE`, own choice."""
DEDICATED = 0.9
"""Least mean dimensionality of features that have dimensions of their own (1; of antipodal pairs
it is 1/2): own choice."""

BUDGET = "training_budget"


def _ordered(ds: xr.Dataset, attack: str) -> xr.Dataset:
    """Models trained under one kind of attack, (seed, budget, ...), budgets ascending."""
    chosen = at_least(at(ds, attack=attack), training_budget=2).sortby(BUDGET)
    return chosen.transpose("seed", BUDGET, ...)


def _packed(ds: xr.Dataset) -> np.ndarray:
    """Features per dimension, (seed, budget)."""
    return 1 / ds["dimensions_per_feature"].values


def _needed(ds: xr.Dataset) -> np.ndarray:
    """The budget at which superposition is gone, (seed,); NaN where none of the sweep is enough.

    Raises:
        Untested: if there is no superposition without attack.
    """
    packed = _packed(ds)
    if not (packed[:, 0] > GONE).all():
        raise Untested("a model has no superposition at the smallest budget; take sparser data")
    budgets = ds[BUDGET].values
    return np.array([first_negative(budgets, seed - GONE, never=np.nan) for seed in packed])


@trained(
    "adversarial",
    "Removing superposition by adversarial training needs attacks of about 80 % of the input norm.",
)
def t23(ds: xr.Dataset) -> Claim:
    needed, random = (_needed(_ordered(ds, attack)) for attack in ("worst", "random"))
    largest = float(ds[BUDGET].max())
    gone, kept = np.isfinite(needed), int(np.isfinite(random).sum())
    found = f"{needed[gone].mean():.2f} on average" if gone.any() else "none of the sweep"
    return below(
        ABOUT,
        np.abs(np.nan_to_num(needed, nan=largest) - PUBLISHED),
        control=("random directions", np.abs(np.nan_to_num(random, nan=largest) - PUBLISHED)),
        unit="mean input norms",
        because=f"distance from {PUBLISHED:g} of the smallest budget at which at most {GONE:g} "
        f"features per dimension are left: {found}, in {gone.sum()} of {gone.size} seeds; in "
        f"{kept} of {random.size} under random directions. Others count with the largest budget, "
        f"{largest:g}, a lower bound",
    )


@trained(
    "adversarial",
    "Where adversarial training leaves one feature per dimension, features have dimensions of "
    "their own: it removes superposition and does not merely shrink embeddings.",
    source=f"{PAPER}; own choice of the measure",
)
def t23_dedicated(ds: xr.Dataset) -> Claim:
    worst, random = (_ordered(ds, attack) for attack in ("worst", "random"))
    needed, budgets = _needed(worst), worst[BUDGET].values
    if not np.isfinite(needed).any():
        raise Untested("superposition is gone at no budget of the sweep; take larger ones")
    place = np.minimum(np.searchsorted(budgets, needed), budgets.size - 1)
    own, base = (
        np.where(np.isfinite(needed), d[np.arange(needed.size), place], np.nan)
        for d in (m["mean_dimensionality"].values for m in (worst, random))
    )
    return above(
        DEDICATED,
        own,
        control=("random directions, same budget", base),
        because="D_i, mean over features weighted by their squared norms, at the first budget of "
        "the sweep at which superposition is gone; 1 of features with dimensions of their own, "
        "1/2 of antipodal pairs of any length",
    )
