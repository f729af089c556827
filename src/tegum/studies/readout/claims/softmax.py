"""C2: what a softmax can tell from few dimensions."""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import finding
from tegum.studies.readout.claims.shared import (
    CONSTRUCTED,
    DECADES,
    DERIVED,
    PROTOTYPE,
    trained,
)
from tegum.synthetic.indicators import all_subsets
from tegum.theory import softmax as law

SOLVED_DIVERGENCE = 0.05
"""Largest divergence, in units of that of equal logits, of a solved task. It reaches 0 only with
infinite norms, which steps and weight decay forbid: own choice."""
SOLVED_RECALL = 0.99
"""Least top-k recall of a solved task: own choice."""
FAR = 0.5
"""Least gap of a measured threshold, in units of the necessary number of dimensions, that is far
from it: own choice."""
Scores = list[tuple[float, float]]
"""Divergences and recalls of constructed solutions."""


def solved(ds: xr.Dataset) -> xr.DataArray:
    """Which trained models solve their task."""
    ds = at(ds[["divergence", "recall"]], control="none")
    return (ds["divergence"] <= SOLVED_DIVERGENCE) & (ds["recall"] >= SOLVED_RECALL)


def thresholds(ds: xr.Dataset) -> xr.DataArray:
    """m*: least dimensions from which on a task is solved; where the largest is not enough, NaN."""
    right = solved(ds).transpose(..., "n_dimensions")
    return right.isel(n_dimensions=0, drop=True).copy(
        data=law.first_solved(right.values, ds["n_dimensions"].values)
    )


def reached(ds: xr.Dataset) -> xr.DataArray:
    """m*; where no number of dimensions was enough, the largest, which is a lower limit."""
    return thresholds(ds).fillna(float(ds["n_dimensions"].max()))


def bounds(ds: xr.Dataset, n_active: int) -> xr.DataArray:
    """Necessary dimensions, along `with_bias`."""
    found = [law.necessary_dimensions(n_active, bool(b)) for b in ds["with_bias"].values]
    return ds["with_bias"].copy(data=np.array(found))


def _line() -> Scores:
    return [law.softmax_scores(*law.line_solution(n, 40.0), np.eye(n)) for n in CONSTRUCTED]


def _circle() -> Scores:
    return [law.softmax_scores(*law.circle_solution(n, 5.0 * n**2), np.eye(n)) for n in CONSTRUCTED]


def _simplex() -> Scores:
    found = []
    for n, k in ((6, 2), (6, 3), (20, 2), (20, 3)):
        # Vertices of a simplex, in coordinates of its n - 1 dimensions.
        vertices = np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]
        solution = 40.0 * vertices, vertices, np.zeros(n)
        found.append(law.softmax_scores(*solution, all_subsets(n, k)))
    return found


def _acute() -> Scores:
    return [law.softmax_scores(*law.acute_solution(law.bipyramid(), 200.0), all_subsets(5, 2))]


def _constructed(make: Callable[[], Scores], how: str) -> Claim:
    scores = make()
    return within(
        DECADES,
        # A divergence of 0 with a wrong order cannot be: recall is 1 then.
        max(abs(divergence) + (1 - recall) for divergence, recall in scores),
        cases=len(scores),
        because=f"largest divergence, plus missed recall, over all inputs: {how}",
    )


_WHERE = f"n = {', '.join(map(str, CONSTRUCTED))}"
CONSTRUCTIONS = [
    finding((), statement, DERIVED, kind="exact")(partial(_constructed, make, how), id=name)
    for name, make, how, statement in (
        (
            "c2_line",
            _line,
            f"u_j = t_j, b_j = -t_j^2 / 2 at t = 0, 1, …; {_WHERE}",
            "One dimension with a bias tells one of any number of features before a softmax.",
        ),
        (
            "c2_circle",
            _circle,
            f"vertices of a regular polygon; {_WHERE}",
            "Two dimensions do so without a bias.",
        ),
        (
            "c2_simplex",
            _simplex,
            "vertices of a regular simplex; n = 6 and 20, k = 2 and 3",
            "n - 1 dimensions tell any k of n features, without a bias.",
        ),
        (
            "c2_attained",
            _acute,
            "vertices of a triangular bipyramid",
            "The necessary number is enough for two of five features: three dimensions with a "
            "bias, at points between which all angles are acute.",
        ),
    )
]


@finding(
    ("softmax", "threshold"),
    "No trained model solves k of n features in fewer than 2k - 1 dimensions with a bias or 2k "
    "without.",
    DERIVED,
    kind="exact",
)
def c2_necessary(ds: xr.Dataset, few: xr.Dataset) -> Claim:
    below_bound, count = 0, 0
    parts = [(at(ds, n_active=k), int(k)) for k in ds["n_active"].values]
    for part, n_active in [*parts, (few, 2)]:
        tried = part["n_dimensions"] < bounds(part, n_active)
        right = solved(part) & tried
        below_bound += int(right.sum())
        count += int(tried.broadcast_like(right).sum())
    return within(
        0,
        below_bound,
        cases=count,
        unit="models",
        because="trained models below the bound that are solved",
    )


ONE = {"n_active": 1, "n_dimensions": 2}
_WORSE = "the worse of with and without a bias, two dimensions"


@trained("softmax", "One of n features: divergence near 0 in two dimensions.", PROTOTYPE, at=ONE)
def c2_k1_divergence(ds: xr.Dataset) -> Claim:
    worst = at(ds["divergence"], **ONE).max("with_bias")
    return below(
        SOLVED_DIVERGENCE,
        at(worst, control="none"),
        unit="ln(n/k)",
        control=("untrained models", at(worst, control="untrained")),
        because=_WORSE,
    )


@trained("softmax", "One of n features: recall 1 in two dimensions.", PROTOTYPE, at=ONE)
def c2_k1_recall(ds: xr.Dataset) -> Claim:
    worst = at(ds["recall"], **ONE).min("with_bias")
    return above(
        SOLVED_RECALL,
        at(worst, control="none"),
        control=("untrained models", at(worst, control="untrained")),
        because=_WORSE,
    )


def _several(k: int, m: int, wanted: bool, ds: xr.Dataset) -> Claim:
    here = at(ds["divergence"], n_dimensions=m)
    reduced = here.max("with_bias") if wanted else here.min("with_bias")
    values = at(reduced, n_active=k, control="none")
    because = (
        f"divergence at k = {k}, m = {m}, the {'worse' if wanted else 'better'} of with and "
        "without a bias"
    )
    if wanted:
        untrained = at(reduced, n_active=k, control="untrained")
        control = "untrained models", untrained
        return below(SOLVED_DIVERGENCE, values, unit="ln(n/k)", control=control, because=because)
    control = "one of n features", at(reduced, n_active=1, control="none")
    return above(SOLVED_DIVERGENCE, values, unit="ln(n/k)", control=control, because=because)


SEVERAL = [
    trained(
        "softmax",
        statement,
        PROTOTYPE,
        at={"n_active": k, "n_dimensions": m},
        no_effect=not wanted,
    )(partial(_several, k, m, wanted), id=name)
    for name, k, m, wanted, statement in (
        (
            "c2_k2_three",
            2,
            3,
            False,
            "Two of n features are not solved in three dimensions, although the bound allows it.",
        ),
        ("c2_k2_five", 2, 5, False, "Nor in five."),
        ("c2_k2_ten", 2, 10, True, "Two of n features are solved in ten dimensions."),
        ("c2_k3_ten", 3, 10, False, "Three of n features are not solved in ten dimensions."),
    )
]


def _gap(k: int, ds: xr.Dataset) -> Claim:
    star, enough = at(thresholds(ds), n_active=k), reached(ds)
    largest = float(ds["n_dimensions"].max())
    gap, single = ((at(enough, n_active=n) / bounds(ds, n) - 1).min("with_bias") for n in (k, 1))
    means = [
        f"{'with' if b else 'without'} a bias m* = "
        f"{float(at(enough, n_active=k, with_bias=b).mean()):.1f} for "
        f"{int(at(bounds(ds, k), with_bias=b))}"
        for b in ds["with_bias"].values
    ]
    return above(
        FAR,
        gap,
        control=("one of n features", single),
        because=f"m* / bound - 1, the smaller of with and without a bias; {'; '.join(means)}; "
        f"not solved in {largest:g} dimensions, which then count: {int(star.isnull().sum())} of "
        f"{star.size}",
    )


GAPS = [
    trained("softmax", statement, PROTOTYPE, at={"n_active": (1, k)}, no_effect=True)(
        partial(_gap, k), id=name
    )
    for name, k, statement in (
        (
            "c2_gap_two",
            2,
            "The dimensions in which training solves two of n features are far from the necessary "
            "number.",
        ),
        ("c2_gap_three", 3, "So are those for three of n features."),
    )
]


@trained(
    ("softmax", "threshold"),
    "They grow with n, on which the necessary number does not depend.",
    "derived: the functional that exposes a pair has to be a sum over its members",
    at={"n_active": 2},
)
def c2_growth(ds: xr.Dataset, few: xr.Dataset) -> Claim:
    least = int(few["n_features"].min())
    small, large = at(reached(few), n_features=least), at(reached(ds), n_active=2)
    return above(
        0.0,
        (large - small).min("with_bias"),
        unit="dimensions",
        control=("the necessary number", (bounds(ds, 2) - bounds(few, 2)).values),
        because=f"m* at k = 2 and n = {ds.sizes['feature']} less that at n = {least}, the smaller "
        "of with and without a bias",
    )
