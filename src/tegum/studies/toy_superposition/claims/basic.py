"""T1–T4 and T29: what is represented, by linear and by ReLU models, with uneven importances."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import along, at, at_least, those
from tegum.ledger.claims import Claim, above, below, within
from tegum.metrics.ranks import ranked_by_place
from tegum.studies.toy_superposition.claims.sources import DENSITY, PROTOTYPE, trained
from tegum.studies.toy_superposition.reading import REPRESENTED

DEDICATED = 0.05
"""Superposition below which a feature has a direction of its own (T1)."""
DENSE = {DENSITY: 1.0}
"""Density at which every feature is active."""
SPARSE = 0.3
"""Feature probability from which on the number of features exceeds m (T2)."""
SUPERPOSED = 0.5
"""Superposition above which a feature is in superposition (T2): half of the paper's 1, at which
others activate a direction as strongly as its own feature."""
BIAS_GAP = 0.1
"""Largest distance of a bias from the expected one, as a share of p / 2 (T4): own choice."""
REMOVED = 0.1
"""Largest mean superposition at which it counts as removed (T29): own choice."""


basic = partial(trained, "basic")


def _on(ds: xr.Dataset) -> xr.DataArray:
    """Which features are represented in the end."""
    return ds["norm"].isel(checkpoint=-1) > REPRESENTED


@trained(
    "linear",
    "A linear model represents exactly the m most important features, each on its own direction, "
    "at any density.",
    source=PROTOTYPE,
    kind="exact",
)
def t1(ds: xr.Dataset) -> Claim:
    m, on = ds.sizes["dimension"], _on(ds)
    top = xr.DataArray(np.arange(ds.sizes["feature"]) < m, dims="feature")
    shared = on & (ds["superposition"] >= DEDICATED)
    wrong = ((on != top) | shared).any("feature")
    return within(
        0,
        int(wrong.sum()),
        cases=wrong.size,
        unit="models",
        because=f"models whose features of norm > {REPRESENTED} are not the first {m}, the "
        f"principal components, or have a superposition >= {DEDICATED}",
    )


@trained(
    ("basic", "linear"),
    "At density 1 a ReLU model represents as many features as a linear one.",
    source=PROTOTYPE,
    at=DENSE,
    no_effect=True,
)
def t2_dense(ds: xr.Dataset, linear: xr.Dataset) -> Claim:
    count, sparsest = ds["n_represented"], float(ds[DENSITY].min())
    return below(
        0.5,
        abs(at(count, **DENSE) - at(linear["n_represented"], **DENSE)),
        control=(f"density {sparsest:g}", at(count, **{DENSITY: sparsest}) - ds.sizes["dimension"]),
        unit="features",
        because="difference in the number of represented features at density 1",
    )


@trained(
    ("basic", "linear"),
    "A ReLU model represents more features than it has dimensions at every density up to 0.3.",
    source=PROTOTYPE,
)
def t2(ds: xr.Dataset, linear: xr.Dataset) -> Claim:
    m = ds.sizes["dimension"]
    count = those(ds["n_represented"], DENSITY, ds[DENSITY] <= SPARSE, f"up to {SPARSE}")
    return above(
        0.0,
        count.min(DENSITY) - m,
        control=("linear model", linear["n_represented"].min(DENSITY) - m),
        unit="features",
        because=f"features beyond m = {m}, at the worst density up to {SPARSE}",
    )


@basic(
    "The number of represented features rises as features get sparser; a loss of one at the "
    "sparsest density is allowed.",
    source=PROTOTYPE,
)
def t2_rise(ds: xr.Dataset) -> Claim:
    ordered = at_least(ds["n_represented"], feature_probability=2).sortby(DENSITY, ascending=False)
    steps = np.diff(ordered.transpose("seed", DENSITY).values, axis=1)
    steps[:, -1] += 1
    return above(
        -0.5,
        steps.min(1),
        control=("densities in the opposite order", -steps.max(1)),
        unit="features",
        because="smallest change of the number between neighbouring densities, 1 added at the last",
    )


@basic("In the sparse limit all represented features are in superposition.", source=PROTOTYPE)
def t2_sparse(ds: xr.Dataset) -> Claim:
    p = ds[DENSITY]
    ends = at(ds, **{DENSITY: [float(p.min()), float(p.max())]})
    on = _on(ends)
    alone = (on & (ends["superposition"] < SUPERPOSED)).sum("feature")
    end, start = along(alone, DENSITY)
    shared = float(ends["superposition"].where(on).isel({DENSITY: 0}).mean())
    return below(
        0.5,
        end,
        control=(f"density {float(p.max()):g}", start),
        unit="features",
        because=f"represented features with a superposition < {SUPERPOSED} at density "
        f"{float(p.min()):g}; the mean superposition there is {shared:.2f}",
    )


@basic(
    "Superposition starts with the least important represented features: the more important a "
    "feature, the sparser the data at which it still has a direction of its own."
)
def t3(ds: xr.Dataset) -> Claim:
    """Rank correlation of importance with the number of densities with a direction of one's own."""
    on = _on(ds)
    dedicated = (on & (ds["superposition"] < SUPERPOSED)).sum(DENSITY)
    found, mixed = ranked_by_place(dedicated.where(on.any(DENSITY)), "feature")
    return above(
        0.5,
        found,
        control=("permuted importances", mixed),
        because="Spearman correlation over features; threshold: own choice",
    )


def _bias(of_represented: bool, ds: xr.Dataset) -> Claim:
    """Distance from the expected bias, 0 of represented features and p / 2 of ignored ones."""
    ds = at(ds, **DENSE)
    share, these = ds["bias"] / (DENSE[DENSITY] / 2), _on(ds) == of_represented
    expected, other = (0, 1) if of_represented else (1, 0)
    return below(
        BIAS_GAP,
        abs(share - expected).where(these).max("feature"),
        control=("the other expectation", abs(share - other).where(these).min("feature")),
        unit="p / 2",
        because=f"largest distance of a bias from the expected one at density {DENSE[DENSITY]:g}",
    )


T4 = [
    basic(f"In the dense regime the bias of {statement}.", at=DENSE)(partial(_bias, on), id=id)
    for id, on, statement in (
        ("t4_represented", True, "a represented feature is near 0"),
        ("t4_ignored", False, "an ignored feature is near its mean p / 2"),
    )
]


def _best_penalty(ds: xr.Dataset) -> tuple[xr.DataArray, float]:
    """Mean superposition of the represented features, and the strength that removes most of it
    while every model still represents something."""
    on = _on(at_least(ds, l1_hidden=2))
    shared = ds["superposition"].where(on).mean("feature")
    usable = on.any("feature").all("seed") & (ds["l1_hidden"] > 0)
    return shared, float(shared.mean("seed").where(usable, np.inf).idxmin("l1_hidden"))


@trained("l1_hidden", "A large enough L1 penalty on hidden activations removes superposition.")
def t29(ds: xr.Dataset) -> Claim:
    shared, best = _best_penalty(ds)
    left = float(at(_on(ds).sum("feature"), l1_hidden=best).mean())
    return below(
        REMOVED,
        at(shared, l1_hidden=best),
        control=("no penalty", at(shared, l1_hidden=0.0)),
        because=f"mean superposition of the represented features, {left:.1f} on average, at the "
        f"best strength that leaves any, {best:g} of {float(ds['l1_hidden'].max()):g}",
    )


@trained("l1_hidden", "Removing superposition by that penalty costs loss.")
def t29_cost(ds: xr.Dataset) -> Claim:
    _, best = _best_penalty(ds)
    weakest = float(ds["l1_hidden"].where(ds["l1_hidden"] > 0).min())
    loss = ds["evaluation_loss"].isel(checkpoint=-1)
    cost = loss / at(loss, l1_hidden=0.0) - 1
    return above(
        0.0,
        at(cost, l1_hidden=best),
        control=(f"strength {weakest:g}", at(cost, l1_hidden=weakest)),
        because=f"relative change of the loss without the penalty at strength {best:g}",
    )
