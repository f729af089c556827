"""C3: in what geometry embeddings and readouts lie."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.comparisons import sides
from tegum.ledger.findings import finding
from tegum.studies.readout.claims.shared import (
    CONSTRUCTED,
    DECADES,
    DERIVED,
    PAPER,
    PROTOTYPE,
    trained,
)
from tegum.theory import softmax as law

OPPOSITE = -0.95
"""Cosine of embeddings that are nearly opposite (-1 is expected): own choice."""
MEAN_COSINE = 0.59
"""Mean |cos| between embeddings in the prototype."""
COSINE_GAP = 0.05
"""Largest distance from that: own choice."""
ON_HULL = 0.95
"""Least share of points on their convex hull that are in convex position: own choice."""
DIMENSIONALITY_GAP = 0.05
"""Largest distance of a dimensionality from a polytope's; 2/5, 1/2 and 2/3 are 0.1 apart or
more."""
FLAT = {"n_active": 1, "n_dimensions": 2}
BIASED, PLAIN = FLAT | {"with_bias": True}, FLAT | {"with_bias": False}


untrained = partial(sides, axis="control", here="none", there="untrained", told="untrained models")


@trained(
    "softmax",
    "Before a softmax some embeddings are nearly opposite (one of n, two dimensions).",
    PROTOTYPE,
    at=BIASED,
)
def c3_least_cosine(ds: xr.Dataset) -> Claim:
    values = at(ds["least_cosine"], **BIASED)
    return below(OPPOSITE, **untrained(values), because="with a bias")


@trained("softmax", "Their mean |cos| is about .59.", PROTOTYPE, at=BIASED)
def c3_mean_cosine(ds: xr.Dataset) -> Claim:
    values = abs(at(ds["mean_cosine"], **BIASED) - MEAN_COSINE)
    return below(COSINE_GAP, **untrained(values), because="distance from .59; with a bias")


@trained(
    "softmax",
    "Without a bias the readouts are in convex position, as they have to be.",
    DERIVED,
    at=PLAIN,
)
def c3_hull(ds: xr.Dataset) -> Claim:
    values = at(ds["hull_share"], **PLAIN)
    return above(ON_HULL, **untrained(values), because="readouts without their mean")


def _polytope(n: int, ds: xr.Dataset) -> Claim:
    each = at(ds["dimensionality"], n_features=n)
    whole = at(each, control="none").transpose("seed", "feature").values[:, :n]
    return below(
        DIMENSIONALITY_GAP,
        **untrained(abs(each - 2 / n).max("feature")),
        because=f"largest |D_i - 2/{n}| over the features; sorted, means over seeds: "
        f"{', '.join(f'{d:.2f}' for d in np.sort(whole).mean(0))}",
    )


POLYTOPES = [
    trained("polytopes", statement, PAPER, at={"n_features": n})(partial(_polytope, n), id=name)
    for name, n, statement in (
        (
            "c3_triangle",
            3,
            "A ReLU readout puts three sparse features in two dimensions on a triangle: 2/3 of a "
            "dimension each.",
        ),
        ("c3_digon", 4, "Four on two antipodal pairs: 1/2 of a dimension each."),
        ("c3_pentagon", 5, "Five on a pentagon: 2/5 of a dimension each."),
    )
]


@finding(
    "one_hot",
    "On one of n features a polygon in two dimensions has no error through a ReLU either: what "
    "a softmax filters is mutual exclusion.",
    DERIVED,
    kind="exact",
)
def c3_relu_polygon(ds: xr.Dataset) -> Claim:
    errors = [law.tied_loss(*law.polygon_autoencoder(n), np.eye(n)) for n in CONSTRUCTED]
    final = float(at(ds["loss"], control="none").mean())
    return within(
        DECADES,
        max(errors),
        cases=len(errors),
        because=f"squared error at n = {', '.join(map(str, CONSTRUCTED))}; training ends at "
        f"{final:.2g} at n = {ds.sizes['feature']}",
    )
