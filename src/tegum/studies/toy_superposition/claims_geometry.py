"""T5–T10, T22, T23: dimensions per feature, polytopes and vulnerability at equal importances."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.ledger.claims import Claim, exact, statistical
from tegum.metrics.capacity import capacities, leverages
from tegum.metrics.geometry import FRACTIONS, line_counts
from tegum.studies.toy_superposition.findings import PAPER, PROTOTYPE, Data, Finding, Topic

AUDIT = "public audit of the notebook anthropics/toy-models-of-superposition"
REPRESENTED = 0.5
"""Norm above which a feature is represented, as in the params."""
PACKED = 0.002
"""Largest relative deviation of sum D from m at convergence (T5)."""
ROUNDING = 1e-4
"""Slack of the bounds on D for weights stored as float32."""
STICKY, AROUND = 0.5, 0.06
"""D* and the distance from it that make up the plateau (T6)."""
UNNAMED = 1 / 3
"""D* at which there is no polytope: control of the plateau."""
NEAR_HALF, ALMOST_ALL = 0.05, 0.8
"""Distance of D_i from 1/2, and share of features, of 'almost all near 1/2' (T6): own choice."""
QUARTER = 0.25
"""D* in the sparse limit lies below this (T7)."""
ABOUT_ONE = 0.05
"""Largest |D* - 1| in the dense limit (T7): own choice."""
RISE = 0.02
"""Largest rise of D* between neighbouring densities that is still a decrease (T7): own choice."""
LINES = {"t8_before": (2 / 3,), "t8_after": (2 / 5, 3 / 8)}
UNNAMED_LINES = {"t8_before": (0.6,), "t8_after": (0.45,)}
"""Fractions of no polytope: controls of the lines (T8)."""
NEIGHBOURS = 2
"""Densities before and after the plateau at which lines are looked for (T8): own choice."""
LINE_FEATURES, LINE_RATIO, NOTEBOOK_AROUND, NOTEBOOK_LEVELS = 10, 2, 0.03, 3
"""The audit's line test (T9)."""
NAMED_WITHIN, NAMED_LEAST = 0.02, 0.1
"""Distance from a named fraction, and least D_i that counts (T10)."""
VULNERABLE, RANKED = 3.0, 0.9
"""Rise of the vulnerability, and its rank correlation with 1 / D* (T22)."""

T5_BOUNDS = Finding(
    "t5_bounds",
    "0 <= D_i <= 1 and sum D_i <= m, in every trained model.",
    f"{PAPER}; derived: D_i is at most the leverage of feature i",
    kind="exact",
)
T5 = Finding(
    "t5",
    "With equal importances features are packed efficiently: sum D_i = m within 0.2 % at every "
    "density.",
    PROTOTYPE,
    kind="exact",
)
T6 = Finding("t6", "D* is sticky at 1/2: at two or more neighbouring densities it is near 1/2.")
T6_FEATURES = Finding("t6_features", "On that plateau almost all features have D_i near 1/2.")
T7 = Finding("t7", "D* falls well below 1/4 in the sparse limit.", PROTOTYPE)
T7_DENSE = Finding("t7_dense", "D* is about 1 in the dense limit.", PROTOTYPE)
T7_DECREASE = Finding("t7_decrease", "D* decreases as features get sparser.", PROTOTYPE)
T8_BEFORE = Finding("t8_before", "A line of features at 2/3 appears just before the plateau.")
T8_AFTER = Finding("t8_after", "Lines of features at 2/5 and 3/8 appear just after the plateau.")
T9 = Finding(
    "t9",
    "In the notebook's setting there are lines at 1/2 and at one or more of 3/4, 2/3, 2/5, 3/8, "
    "and D* is within 0.03 of 1/2 at three or more of 20 densities.",
    AUDIT,
    sizes="n = 200, m = 20, 20 densities, batch 1024, 10000 steps, 5 seeds (sweep `notebook` of "
    "the paper scale)",
)
T10 = Finding(
    "t10",
    "Negative control: fewer than half of the features with D_i >= 0.1 lie within 0.02 of a named "
    "fraction, so that this share is no test of geometry.",
    AUDIT,
)
T22 = Finding(
    "t22", "Adversarial vulnerability rises more than three times as superposition forms."
)
T22_RANK = Finding("t22_rank", "Adversarial vulnerability and 1 / D* rise together.")
T23 = Finding(
    "t23",
    "Removing superposition by adversarial training needs attacks of about 80 % of the input norm.",
    sizes="not swept here; adversarial training of the sweep `geometry` at budgets 0.1 to 1 of the "
    "mean input norm, 5 seeds, 400 features in 30 dimensions, would test it",
)

Array = NDArray[np.float64]


def _bounds(data: Data) -> list[Claim]:
    """Every tied model of the study: those with embeddings and dimensionalities."""
    wrong = total = 0
    worst = 0.0
    for ds in data.values():
        if not {"weight", "dimensionality"} <= set(ds.data_vars):
            continue
        weight = ds["weight"].transpose(..., "feature", "dimension").values
        d = ds["dimensionality"].isel(checkpoint=-1).transpose(..., "feature").values
        bound = leverages(weight)
        bad = (d < 0).any(-1) | (d > bound + ROUNDING).any(-1) | (bound > 1 + ROUNDING).any(-1)
        bad |= d.sum(-1) > weight.shape[-1] + ROUNDING
        wrong, total = wrong + int(bad.sum()), total + bad.size
        worst = max(worst, float((d - bound).max()))
    return [
        exact(
            *T5_BOUNDS.told,
            estimate=wrong,
            threshold=0,
            n=total,
            unit="models",
            reason="models that leave the bounds, or in which a D_i exceeds the leverage of its "
            f"feature, from a singular value decomposition; largest excess {worst:.1e}",
        )
    ]


def _levels(ds: xr.Dataset) -> xr.Dataset:
    """From dense to sparse, (seed, density, ...)."""
    ordered = ds.sortby("feature_probability", ascending=False)
    return ordered.isel(checkpoint=-1).transpose("seed", "feature_probability", ...)


def _longest_run(d_star: Array, centre: float) -> int:
    """Most neighbouring densities at which D* is around `centre`."""
    best = run = 0
    for near in np.abs(d_star - centre) < AROUND:
        run = run + 1 if near else 0
        best = max(best, run)
    return best


def _geometry(data: Data) -> list[Claim]:
    ds = _levels(data["geometry"])
    p = ds["feature_probability"].values
    m = ds.sizes["dimension"]
    d_star = ds["dimensions_per_feature"].values
    packing = np.abs(ds["sum_dimensionality"].values / m - 1)
    rises = np.diff(d_star, axis=1)
    at = np.unravel_index(packing.argmax(), packing.shape)[1]
    return [
        exact(
            *T5.told,
            estimate=float(packing.max()),
            threshold=PACKED,
            n=packing.size,
            reason=f"largest relative deviation of sum D_i from m = {m}, at density {p[at]:g}; its "
            f"median is {np.median(packing):.1e}",
        ),
        statistical(
            *T6.told,
            values=[_longest_run(row, STICKY) for row in d_star],
            threshold=1.5,
            direction="above",
            unit="densities",
            control="D* around 1/3, without a polytope",
            control_values=[_longest_run(row, UNNAMED) for row in d_star],
            reason=f"longest run of neighbouring densities with |D* - 1/2| < {AROUND}; "
            f"{len(p)} densities",
        ),
        _plateau(ds, d_star),
        statistical(
            *T7.told,
            values=d_star[:, -1],
            threshold=QUARTER,
            direction="below",
            control=f"density {p[0]:g}",
            control_values=d_star[:, 0],
            reason=f"D* at density {p[-1]:.3g}",
        ),
        statistical(
            *T7_DENSE.told,
            values=np.abs(d_star[:, 0] - 1),
            threshold=ABOUT_ONE,
            direction="below",
            control=f"density {p[-1]:.3g}",
            control_values=np.abs(d_star[:, -1] - 1),
            reason=f"|D* - 1| at density {p[0]:g}",
        ),
        statistical(
            *T7_DECREASE.told,
            values=rises.max(1),
            threshold=RISE,
            direction="below",
            control="densities in the opposite order",
            control_values=-rises.min(1),
            reason="largest rise of D* from one density to the next sparser one",
        ),
        *_lines(ds, d_star),
        _named(ds),
        *_attacked(ds, d_star),
    ]


def _plateau(ds: xr.Dataset, d_star: Array) -> Claim:
    on = ds["norm"].values > REPRESENTED
    near = (np.abs(ds["dimensionality"].values - STICKY) < NEAR_HALF) & on
    share = near.sum(-1) / np.maximum(on.sum(-1), 1)
    sticky = np.abs(d_star - STICKY) < AROUND
    rows = list(zip(share, sticky, strict=True))
    return statistical(
        *T6_FEATURES.told,
        values=[_mean(row[mask]) for row, mask in rows],
        threshold=ALMOST_ALL,
        direction="above",
        control="the other densities",
        control_values=[_mean(row[~mask]) for row, mask in rows],
        reason=f"share of represented features with |D_i - 1/2| < {NEAR_HALF}, mean over the "
        "plateau's densities",
    )


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else np.nan


def _excess(d: Array, fractions: tuple[float, ...]) -> float:
    """Features near the least visible of some fractions, beyond those beside it."""
    counts = [line_counts(d, fraction) for fraction in fractions]
    return float(min(near - beside for near, beside in counts))


def _lines(ds: xr.Dataset, d_star: Array) -> list[Claim]:
    sides: dict[str, list[Array]] = {"t8_before": [], "t8_after": []}
    for row, d in zip(d_star, ds["dimensionality"].values, strict=True):
        dense = int(np.count_nonzero(row >= STICKY + AROUND))
        sparse = len(row) - int(np.count_nonzero(row <= STICKY - AROUND))
        sides["t8_before"].append(d[max(dense - NEIGHBOURS, 0) : dense])
        sides["t8_after"].append(d[sparse : sparse + NEIGHBOURS])
    return [
        statistical(
            *finding.told,
            values=[_excess(d, LINES[finding.id]) for d in sides[finding.id]],
            threshold=0.0,
            direction="above",
            unit="features",
            control="around fractions of no polytope",
            control_values=[_excess(d, UNNAMED_LINES[finding.id]) for d in sides[finding.id]],
            reason=f"features within 0.005 of the fraction beyond those within 0.005 of the points "
            f"0.0125 beside it, at the {NEIGHBOURS} densities next to the plateau; the lesser of "
            f"{len(LINES[finding.id])}",
        )
        for finding in (T8_BEFORE, T8_AFTER)
    ]


def _share_named(d: Array) -> float:
    values = d[d >= NAMED_LEAST]
    fractions = np.array(list(FRACTIONS.values()))
    distance = np.abs(values[:, None] - fractions).min(1, initial=np.inf)
    return _mean(distance < NAMED_WITHIN)


def _named(ds: xr.Dataset) -> Claim:
    rng = np.random.default_rng(0)
    shape = ds.sizes["feature_probability"], ds.sizes["feature"], ds.sizes["dimension"]
    random = [capacities(rng.normal(size=shape)) for _ in range(ds.sizes["seed"])]
    return statistical(
        *T10.told,
        values=[_share_named(d) for d in ds["dimensionality"].values],
        threshold=0.5,
        direction="below",
        control="random embeddings",
        control_values=[_share_named(d) for d in random],
        reason="share over all densities of the sweep, which are not the notebook's; 0.26 in the "
        "authors' own run",
    )


def _attacked(ds: xr.Dataset, d_star: Array) -> list[Claim]:
    from scipy.stats import spearmanr

    found = ds["vulnerability"].values
    rng = np.random.default_rng(0)

    def rank(rows: Array) -> list[float]:
        pairs = zip(rows, 1 / d_star, strict=True)
        return [float(np.asarray(spearmanr(a, b))[0]) for a, b in pairs]

    return [
        statistical(
            *T22.told,
            values=found[:, -1] / found[:, 0],
            threshold=VULNERABLE,
            direction="above",
            control="between the two densest data",
            control_values=found[:, 1] / found[:, 0],
            reason="vulnerability at the sparsest over that at the densest data, each relative to "
            "a model without superposition",
        ),
        statistical(
            *T22_RANK.told,
            values=rank(found),
            threshold=RANKED,
            direction="above",
            control="permuted densities",
            control_values=rank(rng.permuted(found, axis=1)),
            reason="Spearman correlation over densities",
        ),
    ]


def _notebook(data: Data) -> list[Claim]:
    ds = _levels(data["notebook"])
    d_star, d = ds["dimensions_per_feature"].values, ds["dimensionality"].values

    def conditions(row: Array, values: Array, shift: float) -> int:
        def line(fraction: float) -> bool:
            near, beside = line_counts(values, fraction + shift)
            return near >= LINE_FEATURES and near >= LINE_RATIO * beside

        half = line(FRACTIONS["digon"])
        others = any(line(f) for name, f in FRACTIONS.items() if name not in ("digon", "dedicated"))
        levels = np.count_nonzero(np.abs(row - STICKY - shift) < NOTEBOOK_AROUND)
        return int(half) + int(others) + int(levels >= NOTEBOOK_LEVELS)

    return [
        statistical(
            *T9.told,
            values=[conditions(row, v, 0.0) for row, v in zip(d_star, d, strict=True)],
            threshold=2.5,
            direction="above",
            unit="conditions",
            control="all fractions shifted by 0.06",
            control_values=[conditions(row, v, 0.06) for row, v in zip(d_star, d, strict=True)],
            reason="how many of the three conditions hold; without the notebook's weight decay",
        )
    ]


TOPIC = Topic(
    (
        T5_BOUNDS,
        T5,
        T6,
        T6_FEATURES,
        T7,
        T7_DENSE,
        T7_DECREASE,
        T8_BEFORE,
        T8_AFTER,
        T9,
        T10,
        T22,
        T22_RANK,
        T23,
    ),
    {(): _bounds, ("geometry",): _geometry, ("notebook",): _notebook},
)
