"""T12–T16 and the loss of one active feature: trained models against closed forms."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least, those
from tegum.ledger.claims import Claim, within
from tegum.ledger.findings import finding
from tegum.studies.toy_superposition.claims.sources import DENSITY, PAPER, PROTOTYPE, trained
from tegum.studies.toy_superposition.reading import best_restart
from tegum.theory import toy_checks

COMMENT = f"{PAPER}; comment by McGrath"
DISAGREE = 0.05
"""Largest share of cells in which the trained class is not the analytic one (T12)."""
CLEAR = 0.10
"""Relative difference of the two best analytic losses from which on a cell is clear (T12)."""
ALWAYS_SPARSE = 0.15
"""Feature probability up to which the antipodal solution always wins (T14)."""
RARE = 0.02
"""Largest share of same-sign cells with biases (T15): twice the prototype's 1 %."""
JUMP = 0.5
"""Least jump of the extra feature's norm between neighbouring cells (T16)."""
BREAK = 0.01
"""Least relative change of the slope of the optimal loss at a transition (T16): own choice."""
TOLERANCE = 1e-4
"""Relative deviation of a closed form from a midpoint rule with 2,000 points."""
EXTRA, FIRST, ANTIPODAL, SAME_SIGN = range(4)
"""Places in `theory.toy.SOLUTIONS_2`."""
phase = partial(trained, "phase", kind="exact")


def _agreement(ds: xr.Dataset) -> Claim:
    best = best_restart(ds)
    wrong = best["solution"] != best["solution_theory"]
    clear = toy_checks.clear_cases(best["loss_theory"], CLEAR)
    return within(
        DISAGREE,
        float(wrong.where(clear).mean()),
        cases=int(clear.sum()),
        unit="share of cells",
        because=f"cells whose best of {ds.sizes['seed']} trained models has another solution, "
        f"among those whose two best analytic losses differ by more than {CLEAR:.0%}; "
        f"{float(wrong.mean()):.3f} of all {wrong.size}",
    )


T12 = [
    phase(
        "Two features in one dimension: the best trained solution is the analytically best one.",
        source=PROTOTYPE,
    )(_agreement, id="t12"),
    trained("phase_three", "The same for three features in two dimensions.", kind="exact")(
        _agreement, id="t12_three"
    ),
]


@phase(
    "At density 1 the solution is never antipodal; up to density 0.15 it is at every importance "
    "between 0.1 and 10.",
    source=PROTOTYPE,
)
def t14(ds: xr.Dataset) -> Claim:
    antipodal = best_restart(at_least(ds, importance_ratio=3))["solution"] == ANTIPODAL
    p, r = ds[DENSITY], ds["importance_ratio"]
    dense = at(antipodal, **{DENSITY: 1.0})
    sparse = ~those(antipodal, DENSITY, p <= ALWAYS_SPARSE, f"up to {ALWAYS_SPARSE}")
    sparse = those(sparse, "importance_ratio", (r > r.min()) & (r < r.max()), "between the ends")
    return within(
        0,
        int(dense.sum()) + int(sparse.sum()),
        cases=dense.size + sparse.size,
        unit="cells",
        because="cells with another solution; ties at the two ends of the importances left out",
    )


@trained(
    "phase_unbiased",
    "A phase in which both features have the same sign exists without biases.",
    source=COMMENT,
    kind="exact",
)
def t15(ds: xr.Dataset) -> Claim:
    best = best_restart(ds)
    same, theory = (best[n] == SAME_SIGN for n in ("solution", "solution_theory"))
    wrong = int((same & theory).sum() == 0) + int(theory.sum() == 0)
    return within(
        0,
        wrong,
        cases=same.size,
        unit="violations",
        because=f"{int(same.sum())} trained cells have both on the same sign, the closed forms "
        f"give {int(theory.sum())}, {int((same & theory).sum())} in common",
    )


@phase("With biases that solution is rare.", source=PROTOTYPE)
def t15_bias(ds: xr.Dataset) -> Claim:
    same = best_restart(ds)["solution"] == SAME_SIGN
    return within(
        RARE,
        float(same.mean()),
        cases=same.size,
        unit="share of cells",
        because="share of cells whose best trained model has both features on the same sign",
    )


def _crossing(ds: xr.Dataset) -> xr.Dataset:
    """Best models at the densities at which the analytic solution of the extra feature changes."""
    best = best_restart(at_least(ds, importance_ratio=2)).sortby("importance_ratio")
    extra = best["solution_theory"] == EXTRA
    crossing = extra.any("importance_ratio") & (~extra).any("importance_ratio")
    return best.isel({DENSITY: crossing.values})


@phase(
    "The transition is first order: the norm of the extra feature jumps by more than 0.5 between "
    "neighbouring cells."
)
def t16(ds: xr.Dataset) -> Claim:
    norm = _crossing(ds)["norm"].isel(feature=-1).transpose(DENSITY, "importance_ratio").values
    jumps = np.abs(np.diff(norm, axis=1)).max(1)
    small = f"least jump {jumps.min():.2f}" if jumps.size else "no such row"
    return within(
        0,
        int((jumps <= JUMP).sum()),
        cases=jumps.size,
        unit="rows",
        because=f"rows of equal density that cross the boundary without such a jump; {small}",
    )


@finding(
    "phase",
    "The slope of the optimal loss is discontinuous at the transition.",
    PAPER,
    kind="exact",
)
def t16_theory(ds: xr.Dataset) -> Claim:
    small = [toy_checks.slope_break(q) < BREAK for q in _crossing(ds)[DENSITY].values]
    return within(
        0,
        sum(small),
        cases=len(small),
        unit="rows",
        because="rows on which the slope of the optimal loss in log importance changes by less "
        f"than {BREAK:.0%} at the boundary; finite differences on a grid of "
        f"{toy_checks.MIDPOINTS} points",
    )


@finding(
    "basic",
    "The loss of one active feature splits into feature benefit and interference: its closed form, "
    "with biases, is right.",
    f"{PAPER}; the factor 1/3 is derived",
    kind="exact",
)
def one_sparse(ds: xr.Dataset) -> Claim:
    """The closed form against a midpoint rule."""
    models = ds.stack(model=ds["one_sparse_loss"].dims).transpose("model", ...)
    inputs = (models[n].values.astype(float) for n in ("weight", "bias", "importance"))
    summed = [toy_checks.summed_one_sparse_loss(*model) for model in zip(*inputs, strict=True)]
    return within(
        TOLERANCE,
        np.abs(models["one_sparse_loss"].values / summed - 1),
        because="largest relative difference from a midpoint rule with "
        f"{toy_checks.MIDPOINTS} points",
    )
