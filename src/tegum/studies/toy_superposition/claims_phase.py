"""T12–T16 and the loss of one active feature: trained models against closed forms."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.ledger.claims import Claim, exact
from tegum.studies.toy_superposition.findings import PAPER, PROTOTYPE, Data, Finding, Topic
from tegum.theory import toy as toy_loss

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
MIDPOINTS = 2000
EXTRA, FIRST, ANTIPODAL, SAME_SIGN = range(4)
"""Places in `toy_loss.SOLUTIONS_2`."""

T12 = Finding(
    "t12",
    "Two features in one dimension: the best trained solution is the analytically best one.",
    PROTOTYPE,
    kind="exact",
)
T12_THREE = Finding(
    "t12_three", "The same for three features in two dimensions.", PAPER, kind="exact"
)
T14 = Finding(
    "t14",
    "At density 1 the solution is never antipodal; up to density 0.15 it is at every importance "
    "between 0.1 and 10.",
    PROTOTYPE,
    kind="exact",
)
T15 = Finding(
    "t15",
    "A phase in which both features have the same sign exists without biases.",
    COMMENT,
    kind="exact",
)
T15_BIAS = Finding("t15_bias", "With biases that solution is rare.", PROTOTYPE, kind="exact")
T16 = Finding(
    "t16",
    "The transition is first order: the norm of the extra feature jumps by more than 0.5 between "
    "neighbouring cells.",
    kind="exact",
)
T16_THEORY = Finding(
    "t16_theory",
    "The slope of the optimal loss is discontinuous at the transition.",
    kind="exact",
)
ONE_SPARSE = Finding(
    "one_sparse",
    "The loss of one active feature splits into feature benefit and interference: its closed form, "
    "with biases, is right.",
    f"{PAPER}; the factor 1/3 is derived",
    kind="exact",
)

Array = NDArray[np.float64]


def best_restart(ds: xr.Dataset, along: str = "seed") -> xr.Dataset:
    """Of every cell the restart with the least final loss."""
    final = ds.isel(checkpoint=-1)
    return final.isel({along: final["evaluation_loss"].argmin(along)})


def _agreement(ds: xr.Dataset, finding: Finding) -> Claim:
    best = best_restart(ds)
    losses = np.sort(ds["loss_theory"].isel(seed=0).transpose(..., "candidate").values, axis=-1)
    wrong = (best["solution"] != best["solution_theory"]).transpose(*ds["loss_theory"].dims[:2])
    clear = losses[..., 1] / losses[..., 0] > 1 + CLEAR
    return exact(
        *finding.told,
        estimate=float(wrong.values[clear].mean()),
        threshold=DISAGREE,
        n=int(clear.sum()),
        unit="share of cells",
        reason=f"cells whose best of {ds.sizes['seed']} trained models has another solution, among "
        f"those whose two best analytic losses differ by more than {CLEAR:.0%}; "
        f"{float(wrong.mean()):.3f} of all {wrong.size}",
    )


def _two(data: Data) -> list[Claim]:
    ds = data["phase"]
    best = best_restart(ds)
    antipodal = best["solution"] == ANTIPODAL
    p, r = best["feature_probability"], best["importance_ratio"]
    dense = antipodal.sel(feature_probability=p[p == 1.0])
    inner = r[(r > float(r.min())) & (r < float(r.max()))]
    sparse = ~antipodal.sel(feature_probability=p[p <= ALWAYS_SPARSE], importance_ratio=inner)
    same = best["solution"] == SAME_SIGN
    return [
        _agreement(ds, T12),
        exact(
            *T14.told,
            estimate=int(dense.sum()) + int(sparse.sum()),
            threshold=0,
            n=dense.size + sparse.size,
            unit="cells",
            reason="cells with another solution; ties at the two ends of the importances left out",
        ),
        exact(
            *T15_BIAS.told,
            estimate=float(same.mean()),
            threshold=RARE,
            n=same.size,
            unit="share of cells",
            reason="share of cells whose best trained model has both features on the same sign",
        ),
        *_first_order(best),
    ]


def _first_order(best: xr.Dataset) -> list[Claim]:
    """Along rows of equal density on which the analytic solution of the extra feature changes."""
    rows = best.transpose("feature_probability", "importance_ratio", ...).sortby("importance_ratio")
    theory = rows["solution_theory"].values
    norm = rows["norm"].isel(feature=-1).transpose("feature_probability", "importance_ratio").values
    crossing = (theory == EXTRA).any(1) & (theory != EXTRA).any(1)
    jumps = np.abs(np.diff(norm[crossing], axis=1)).max(1)
    breaks = np.array([_break(q) for q in rows["feature_probability"].values[crossing]])
    small = f"least jump {jumps.min():.2f}" if jumps.size else "no such row"
    return [
        exact(
            *T16.told,
            estimate=int((jumps <= JUMP).sum()),
            threshold=0,
            n=jumps.size,
            unit="rows",
            reason=f"rows of equal density that cross the boundary without such a jump; {small}",
        ),
        exact(
            *T16_THEORY.told,
            estimate=int((breaks < BREAK).sum()),
            threshold=0,
            n=breaks.size,
            unit="rows",
            reason="rows on which the slope of the optimal loss in log importance changes by less "
            f"than {BREAK:.0%} at the boundary; finite differences on a grid of {MIDPOINTS} points",
        ),
    ]


def _break(p: float) -> float:
    """Relative change of the slope of the optimal loss where the extra feature is taken up."""
    log_r = np.linspace(np.log(0.01), np.log(100), MIDPOINTS)
    losses = toy_loss.candidates_2(np.exp(log_r), p)
    best = losses.argmin(-1)
    at = int(np.flatnonzero((best[:-1] == EXTRA) & (best[1:] != EXTRA))[0])
    slope = np.gradient(losses, log_r, axis=0)
    before, after = slope[at, best[at]], slope[at + 1, best[at + 1]]
    return float(abs(before - after) / max(abs(before), abs(after)))


def _unbiased(data: Data) -> list[Claim]:
    best = best_restart(data["phase_unbiased"])
    same = best["solution"] == SAME_SIGN
    theory = best["solution_theory"] == SAME_SIGN
    wrong = int((same & theory).sum() == 0) + int(theory.sum() == 0)
    return [
        exact(
            *T15.told,
            estimate=wrong,
            threshold=0,
            n=same.size,
            unit="violations",
            reason=f"{int(same.sum())} trained cells have both on the same sign, the closed forms "
            f"give {int(theory.sum())}, {int((same & theory).sum())} in common",
        )
    ]


def _three(data: Data) -> list[Claim]:
    return [_agreement(data["phase_three"], T12_THREE)]


def _sparse(data: Data) -> list[Claim]:
    """The closed form against a midpoint rule."""
    ds = data["basic"]
    weight = ds["weight"].transpose(..., "feature", "dimension").values.astype(float)
    bias = ds["bias"].transpose(..., "feature").values.astype(float)
    importance = ds["importance"].transpose(..., "feature").values
    closed = ds["one_sparse_loss"].values
    summed = np.array(
        [_midpoint(weight[i], bias[i], importance[i]) for i in np.ndindex(closed.shape)]
    ).reshape(closed.shape)
    return [
        exact(
            *ONE_SPARSE.told,
            estimate=float(np.abs(closed / summed - 1).max()),
            threshold=TOLERANCE,
            n=closed.size,
            reason=f"largest relative difference from a midpoint rule with {MIDPOINTS} points",
        ),
    ]


def _midpoint(weight: Array, bias: Array, importance: Array) -> float:
    """Sum over features i of the mean loss when only i is active."""
    x = (np.arange(MIDPOINTS) + 0.5) / MIDPOINTS
    total = 0.0
    for i, direction in enumerate(weight @ weight.T):
        target = np.zeros((MIDPOINTS, len(bias)))
        target[:, i] = x
        error = (target - np.maximum(np.outer(x, direction) + bias, 0)) ** 2
        total += float((error @ importance).mean())
    return total


TOPIC = Topic(
    (T12, T12_THREE, T14, T15, T15_BIAS, T16, T16_THEORY, ONE_SPARSE),
    {
        ("phase",): _two,
        ("phase_unbiased",): _unbiased,
        ("phase_three",): _three,
        ("basic",): _sparse,
    },
)
