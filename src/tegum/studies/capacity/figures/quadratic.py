"""Curves, phases, allocations and blocks of quadratic models."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import known_lines
from tegum.labels import along, at, coordinate, labelled

EXACT = "Computed, not sampled: there is no interval."


@figure(
    caption="Marginal return of capacity, -dL_i / dC_i in loss per dimension, against the capacity "
    "of feature 1 (blue) and of feature 2 (orange, over the other where both are equal), at points "
    f"of the phase diagram; dots: the optimal split of one dimension. {EXACT}",
    shows="Below a kurtosis of 3 returns rise, so that one feature takes all; at 3 any split is as "
    "good; above, they fall, and two features share where their returns can be equal. Where "
    "feature 2 starts below where feature 1 ends, nothing is left for it.",
    surprise="Sharing depends on the kurtosis alone, not on sparsity as such: a dense heavy-tailed "
    "feature is shared, a sparse one of constant size only below a probability of 1/3. The points "
    "are ours: the published parameters of A to F are not known.",
    sweeps=("curves",),
)
def returns(data: Data) -> Any:
    curves = data["curves"]
    curves = curves.assign_coords(feature=coordinate("feature", [1, 2], "feature"))
    panels = []
    for one in along(curves, "case"):
        title = (
            f"{one.case.item()}: kurtosis {float(one.kurtosis):g}, v_2 / v_1 = {float(one.ratio):g}"
        )
        look: Any = {"title": title, "legend": None, "xlim": (-0.03, 1.03)}
        lines = theme.curves(one, "marginal_return", "capacity", "feature", **look)
        dots = theme.scatter(one, "return_best", "capacity_best", "feature", legend=None)
        panels.append(theme.overlay(lines, dots))
    return theme.layout(*panels, columns=3)


@figure(
    caption="Capacity of feature 2 where two features share one dimension, against kurtosis and "
    "value ratio: trained on the exact loss (the best seed at each point), closed form, "
    "difference. Dashed: kurtosis 3, and the boundaries v_2 / v_1 = 2 / (kurtosis - 1) and "
    f"(kurtosis - 1) / 2 between sharing and not. {EXACT}",
    shows="Trained and analytic diagrams beside each other: a wedge of sharing that opens at "
    "kurtosis 3 and equal values. A share of {c3.estimate} of the points differs; that the "
    "diagrams agree {c3.verdict}.",
    surprise="That they differ only at ties {c3_ties.verdict}. At kurtosis 3 and equal values "
    "exactly all splits have equal losses, and training keeps the one that it starts near; at a "
    "tie below 3 the best seed picks either feature, and the closed form names one.",
    sweeps=("phase",),
)
def phase(data: Data) -> Any:
    ds = data["phase"]
    best = at(ds.capacity, feature=1).isel(seed=ds.loss.argmin("seed"), drop=True)
    exact = at(ds.capacity_best, feature=1).isel(seed=0, drop=True)
    parts: list[tuple[xr.DataArray, str, Any]] = [
        (best, "trained capacity C_2", {"limits": (0, 1)}),
        (exact, "analytic C_2", {"limits": (0, 1)}),
        (best - exact, "trained minus analytic C_2", {"centre": 0.0}),
    ]
    axes, boundaries = ("kurtosis", "ratio"), _boundaries(ds)
    look: Any = {"logx": True, "logy": True}
    maps = [
        theme.heatmap(labelled(part, "part", text), "part", *axes, **scale, **look)
        for part, text, scale in parts
    ]
    return theme.layout(*(theme.overlay(m, *boundaries) for m in maps), columns=3)


def _boundaries(ds: xr.Dataset) -> list[Any]:
    """v_2 / v_1 = 2 / (kurtosis - 1) and its inverse above a kurtosis of 3, and that line."""
    top = min(float(ds.kurtosis.max()), 2.0 * float(ds.ratio.max()) + 1.0)
    kurtosis = np.geomspace(3.0, top, 30)
    sides = {"lower": 2.0 / (kurtosis - 1.0), "upper": (kurtosis - 1.0) / 2.0}
    both = known_lines("kurtosis", kurtosis, sides, str(ds.ratio.attrs["long_name"]))
    look: Any = {"logx": True, "logy": True, "legend": None, "control": list(sides)}
    drawn = theme.curves(both, "value", "kurtosis", "line", **look)
    return [drawn, theme.reference_line(3.0, "Gaussian", axis="x")]


@figure(
    caption="Features of value 0.93^i in eight dimensions, by kurtosis. Top: capacities, lines by "
    "water-filling, dots trained (first seed). Bottom: marginal return of the trained models over "
    f"the common level lambda; dashed: 1. {EXACT}",
    shows="From few dedicated features and a cliff near kurtosis 3 to a slope over all features at "
    "heavy tails. Shared features have the common level; dedicated ones are above it, ignored ones "
    "below. Capacities are within {c4.estimate} of the water-filling from kurtosis 5 on, and "
    "within {c4_flat.estimate} below.",
    surprise="All three kinds exist together only at low kurtosis: with heavy tails every feature "
    "is shared, and not even the most valuable one has a dimension to itself.",
    sweeps=("allocation",),
)
def allocation(data: Data) -> Any:
    ds = data["allocation"].isel(seed=0)
    ds = ds.assign_coords(feature=coordinate("feature", np.arange(ds.sizes["feature"]), "feature"))
    axes = "feature", "kurtosis"
    look: Any = {"colours": "viridis", "legend": "right"}
    lines = theme.curves(ds, "capacity_best", *axes, **look)
    dots = theme.scatter(ds, "capacity", *axes, **look)
    share = labelled(
        ds.marginal_return / ds.level, "share", "marginal return / common level lambda"
    )
    returns = theme.curves(share, "share", *axes, markers=True, **look)
    returns = theme.overlay(returns, theme.reference_line(1.0, "lambda"))
    return theme.layout(theme.overlay(lines, dots), returns, columns=1)


@figure(
    caption="Left: scalar products of the embedding vectors of one trained model (first seed, "
    "second smallest kurtosis), features ordered by block. Right: eigenvalues of WW^T by kurtosis, "
    "mean over seeds with the 95 % bootstrap interval, which may be too narrow to see.",
    shows="Dedicated features are alone on the diagonal; shared ones fill a block. The spectrum "
    "has the dedicated values, then one flat level, sqrt(lambda / 2); that it does, within "
    "{c12_spectrum.estimate}, {c12_spectrum.verdict}.",
    surprise="One block holds everything that is shared, however many features there are "
    "({c12.verdict}); with heavy tails it is the whole model, with a flat spectrum.",
    sweeps=("allocation",),
)
def blocks(data: Data) -> Any:
    ds = data["allocation"]
    kurtosis = np.sort(ds.kurtosis.values)[min(1, ds.sizes["kurtosis"] - 1)]
    one = at(ds, kurtosis=kurtosis).isel(seed=0)
    block, embedding = one.block.values, one.embedding.values
    order = np.argsort(np.where(block < 0, block.max() + 1, block), kind="stable")
    gram, place = (embedding @ embedding.T)[np.ix_(order, order)], "feature, ordered by block"
    rank = coordinate("hidden", np.arange(1, ds.sizes["hidden"] + 1), "rank of the eigenvalue")
    look: Any = {"colours": "viridis", "markers": True}
    return theme.layout(
        theme.matrix(gram, "W_i . W_j", place, place, centre=0.0),
        theme.band(ds.assign_coords(hidden=rank), "eigenvalue", "hidden", "kurtosis", **look),
    )


@figure(
    caption="The input direction of most negative dL / dC, by kurtosis: how much of it is one "
    "feature (left), and its marginal return over the largest of any feature (right; dashed: "
    "equal). Searched with the closed form, taken as the best one for an added neuron, or drawn at "
    "random (grey, the control). Mean over seeds with the 95 % bootstrap interval.",
    shows="That the direction found is a true feature {direction_pure.verdict}: the largest "
    "squared component is {direction_pure} on average over kurtosis. That no mixture returns more "
    "than every feature {direction_superposed.verdict}.",
    surprise="Directions that W maps to 0 have no capacity, so that their return is g(0), which "
    "for heavy tails is far above the level at which the features share. The closed form "
    "overstates it: it treats a mixture as independent of its parts.",
    sweeps=("allocation",),
)
def directions(data: Data) -> Any:
    ds = data["allocation"]
    text = "log10 (return / best feature's)"
    gain = labelled(np.log10(ds.return_found / ds.return_true), "gain", text)
    axes = "kurtosis", "search"
    look: Any = {"logx": True, "markers": True, "control": "random"}
    purity = theme.band(ds, "purity", *axes, legend=None, **look)
    gained = theme.band(gain, "gain", *axes, **look)
    return theme.layout(purity, theme.overlay(gained, theme.reference_line(0.0, "best feature")))
