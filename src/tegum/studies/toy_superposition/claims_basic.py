"""T1–T4 and T29: what is represented, by linear and by ReLU models, with uneven importances."""

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, exact, statistical
from tegum.studies.toy_superposition.findings import PROTOTYPE, Data, Finding, Topic

REPRESENTED = 0.5
"""Norm above which a feature is represented (T1)."""
DEDICATED = 0.05
"""Superposition below which a feature has a direction of its own (T1)."""
SPARSE = 0.3
"""Feature probability from which on the number of features exceeds m (T2)."""
SUPERPOSED = 0.5
"""Superposition above which a feature is in superposition (T2): half of the paper's 1, at which
others activate a direction as strongly as its own feature."""
BIAS_GAP = 0.1
"""Largest distance of a bias from the expected one, as a share of p / 2 (T4): own choice."""
REMOVED = 0.1
"""Largest mean superposition at which it counts as removed (T29): own choice."""

T1 = Finding(
    "t1",
    "A linear model represents exactly the m most important features, each on its own direction, "
    "at any density.",
    PROTOTYPE,
    kind="exact",
)
T2_DENSE = Finding(
    "t2_dense",
    "At density 1 a ReLU model represents as many features as a linear one.",
    PROTOTYPE,
)
T2 = Finding(
    "t2",
    "A ReLU model represents more features than it has dimensions at every density up to 0.3.",
    PROTOTYPE,
)
T2_RISE = Finding(
    "t2_rise",
    "The number of represented features rises as features get sparser; a loss of one at the "
    "sparsest density is allowed.",
    PROTOTYPE,
)
T2_SPARSE = Finding(
    "t2_sparse",
    "In the sparse limit all represented features are in superposition.",
    PROTOTYPE,
)
T3 = Finding(
    "t3",
    "Superposition starts with the least important represented features: the more important a "
    "feature, the sparser the data at which it still has a direction of its own.",
)
T4_REPRESENTED = Finding(
    "t4_represented", "In the dense regime the bias of a represented feature is near 0."
)
T4_IGNORED = Finding(
    "t4_ignored", "In the dense regime the bias of an ignored feature is near its mean p / 2."
)
T29 = Finding("t29", "A large enough L1 penalty on hidden activations removes superposition.")
T29_COST = Finding("t29_cost", "Removing superposition by that penalty costs loss.")


def _linear(data: Data) -> list[Claim]:
    ds = data["linear"]
    m = ds.sizes["dimension"]
    on = ds["norm"].isel(checkpoint=-1) > REPRESENTED
    top = xr.DataArray(np.arange(ds.sizes["feature"]) < m, dims="feature")
    shared = on & (ds["superposition"] >= DEDICATED)
    wrong = ((on != top) | shared).any("feature")
    return [
        exact(
            *T1.told,
            estimate=int(wrong.sum()),
            threshold=0,
            n=wrong.size,
            unit="models",
            reason=f"models whose features of norm > {REPRESENTED} are not the first {m}, the "
            f"principal components, or have a superposition >= {DEDICATED}",
        )
    ]


def _basic(data: Data) -> list[Claim]:
    ds, linear = data["basic"], data["linear"]
    m = ds.sizes["dimension"]
    p = ds["feature_probability"]
    dense, sparsest = float(p.max()), float(p.min())
    count, straight = ds["n_represented"], linear["n_represented"]
    sparse = count.sel(feature_probability=p[p <= SPARSE])
    ordered = count.sortby("feature_probability", ascending=False).transpose(
        "seed", "feature_probability"
    )
    steps = np.diff(ordered.values, axis=1)
    steps[:, -1] += 1
    on = ds["norm"].isel(checkpoint=-1) > REPRESENTED
    shared = ds["superposition"].where(on)
    alone = on & (ds["superposition"] < SUPERPOSED)
    end, start = (alone.sel(feature_probability=q).sum("feature") for q in (sparsest, dense))
    return [
        statistical(
            *T2_DENSE.told,
            values=np.abs((count - straight).sel(feature_probability=dense).values),
            threshold=0.5,
            direction="below",
            unit="features",
            control=f"density {sparsest:g}",
            control_values=count.sel(feature_probability=sparsest).values - m,
            reason="difference in the number of represented features at density 1",
        ),
        statistical(
            *T2.told,
            values=sparse.min("feature_probability").values - m,
            threshold=0.0,
            direction="above",
            unit="features",
            control="linear model",
            control_values=straight.min("feature_probability").values - m,
            reason=f"features beyond m = {m}, at the worst density up to {SPARSE}",
        ),
        statistical(
            *T2_RISE.told,
            values=steps.min(1),
            threshold=-0.5,
            direction="above",
            unit="features",
            control="densities in the opposite order",
            control_values=-steps.max(1),
            reason="smallest change of the number between neighbouring densities, 1 added at the "
            "last",
        ),
        statistical(
            *T2_SPARSE.told,
            values=end.values,
            threshold=0.5,
            direction="below",
            unit="features",
            control="density 1",
            control_values=start.values,
            reason=f"represented features with a superposition < {SUPERPOSED} at density "
            f"{sparsest:g}; the mean superposition there is "
            f"{float(shared.sel(feature_probability=sparsest).mean()):.2f}",
        ),
        *_order(ds),
        *_biases(ds.sel(feature_probability=dense), dense),
    ]


def _order(ds: xr.Dataset) -> list[Claim]:
    """Rank correlation of importance with the number of densities with a direction of one's own."""
    from scipy.stats import spearmanr

    on = ds["norm"].isel(checkpoint=-1) > REPRESENTED
    dedicated = (on & (ds["superposition"] < SUPERPOSED)).sum("feature_probability")
    ever = on.any("feature_probability")
    rng = np.random.default_rng(0)
    found, mixed = [], []
    for seed in ds["seed"].values:
        levels = dedicated.sel(seed=seed).values[ever.sel(seed=seed).values]
        importance = -np.arange(levels.size)
        found.append(float(np.asarray(spearmanr(importance, levels))[0]))
        mixed.append(float(np.asarray(spearmanr(rng.permutation(importance), levels))[0]))
    return [
        statistical(
            *T3.told,
            values=found,
            threshold=0.5,
            direction="above",
            control="permuted importances",
            control_values=mixed,
            reason="Spearman correlation over features; threshold: own choice",
        )
    ]


def _biases(ds: xr.Dataset, p: float) -> list[Claim]:
    on = ds["norm"].isel(checkpoint=-1) > REPRESENTED
    share = ds["bias"] / (p / 2)
    at_zero, at_mean = abs(share), abs(share - 1)
    common = {"threshold": BIAS_GAP, "direction": "below", "unit": "p / 2"}
    return [
        statistical(
            *finding.told,
            values=gap.where(mask).max("feature").values,
            control="the other expectation",
            control_values=other.where(mask).min("feature").values,
            reason=f"largest distance of a bias from the expected one at density {p:g}",
            **common,
        )
        for finding, gap, other, mask in (
            (T4_REPRESENTED, at_zero, at_mean, on),
            (T4_IGNORED, at_mean, at_zero, ~on),
        )
    ]


def _penalty(data: Data) -> list[Claim]:
    ds = data["l1_hidden"]
    on = ds["norm"].isel(checkpoint=-1) > REPRESENTED
    shared = ds["superposition"].where(on).mean("feature")
    strengths = ds["l1_hidden"].values
    # The penalty that removes most of it while every model still represents something.
    usable = on.any("feature").all("seed") & (ds["l1_hidden"] > 0)
    chosen = float(shared.mean("seed").where(usable, np.inf).idxmin("l1_hidden"))
    loss = ds["evaluation_loss"].isel(checkpoint=-1)
    weakest = strengths[strengths > 0].min()
    cost = loss / loss.sel(l1_hidden=0.0) - 1
    left = float(on.sum("feature").sel(l1_hidden=chosen).mean())
    return [
        statistical(
            *T29.told,
            values=shared.sel(l1_hidden=chosen).values,
            threshold=REMOVED,
            direction="below",
            control="no penalty",
            control_values=shared.sel(l1_hidden=0.0).values,
            reason=f"mean superposition of the represented features, {left:.1f} on average, at the "
            f"best strength that leaves any, {chosen:g} of {strengths.max():g}",
        ),
        statistical(
            *T29_COST.told,
            values=cost.sel(l1_hidden=chosen).values,
            threshold=0.0,
            direction="above",
            control=f"strength {weakest:g}",
            control_values=cost.sel(l1_hidden=weakest).values,
            reason=f"relative change of the loss without the penalty at strength {chosen:g}",
        ),
    ]


TOPIC = Topic(
    (T1, T2_DENSE, T2, T2_RISE, T2_SPARSE, T3, T4_REPRESENTED, T4_IGNORED, T29, T29_COST),
    {("linear",): _linear, ("basic", "linear"): _basic, ("l1_hidden",): _penalty},
)
