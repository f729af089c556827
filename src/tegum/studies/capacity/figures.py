"""Figures of the study `capacity`: curves, phases, allocations and blocks of quadratic models."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable
from tegum.studies.capacity.figures_interventions import INTERVENTIONS
from tegum.studies.capacity.figures_networks import NETWORKS

Data = Mapping[str, xr.Dataset]

EXACT = "Computed, not sampled: there is no interval."


def _returns(data: Data) -> Any:
    panels = []
    for case in data["curves"].case.values:
        one = data["curves"].sel(case=case, drop=True)
        names = coordinate("feature", [1, 2], "feature")
        lines = one.assign_coords(feature=names)[
            ["marginal_return", "capacity_best", "return_best"]
        ]
        title = f"{case}: kurtosis {float(one.kurtosis):g}, v_2 / v_1 = {float(one.ratio):g}"
        panel = theme.curves(
            lines,
            "marginal_return",
            "capacity",
            "feature",
            title=title,
            legend=None,
            xlim=(-0.03, 1.03),
        )
        points = lines[["return_best", "capacity_best"]]
        dots = theme.scatter(points, "return_best", "capacity_best", "feature", legend=None)
        panels.append(theme.overlay(panel, dots))
    return theme.layout(*panels, columns=3)


def _phase(data: Data) -> Any:
    ds = data["phase"]
    best = ds.loss.argmin("seed")
    trained = ds.capacity.sel(feature=1).isel(seed=best)
    table = xr.Dataset({"capacity_best": ds.capacity_best.sel(feature=1)})
    for name, values, text in (
        ("trained", trained, "trained capacity C_2"),
        ("difference", trained - table.capacity_best, "trained minus analytic C_2"),
    ):
        values = values.transpose("kurtosis", "ratio").values
        table[name] = variable(("kurtosis", "ratio"), values, text, "1")
    table = table.drop_vars([c for c in table.coords if c not in ("kurtosis", "ratio")])
    table.capacity_best.attrs["long_name"] = "analytic C_2"
    logs: Any = {"logx": True, "logy": True}
    lines = _boundaries(ds)
    maps = [
        theme.heatmap(table[["trained"]], "trained", "kurtosis", "ratio", limits=(0, 1), **logs),
        theme.heatmap(
            table[["capacity_best"]], "capacity_best", "kurtosis", "ratio", limits=(0, 1), **logs
        ),
        theme.heatmap(table[["difference"]], "difference", "kurtosis", "ratio", centre=0.0, **logs),
    ]
    return theme.layout(*(theme.overlay(m, *lines) for m in maps), columns=3)


def _boundaries(ds: xr.Dataset) -> list[Any]:
    """v_2 / v_1 = 2 / (kurtosis - 1) and its inverse above a kurtosis of 3, and that line."""
    top = min(float(ds.kurtosis.max()), 2.0 * float(ds.ratio.max()) + 1.0)
    kurtosis = np.geomspace(3.0, top, 30)
    both = np.stack([2.0 / (kurtosis - 1.0), (kurtosis - 1.0) / 2.0])
    lines = xr.Dataset(
        {"ratio": variable(("side", "kurtosis"), both, str(ds.ratio.attrs["long_name"]), "1")},
        {"kurtosis": coordinate("kurtosis", kurtosis, "kurtosis"), "side": ["lower", "upper"]},
    )
    lines.side.attrs.update(long_name="boundary", units="1")
    drawn = theme.curves(
        lines,
        "ratio",
        "kurtosis",
        "side",
        legend=None,
        control=["lower", "upper"],
        logx=True,
        logy=True,
    )
    return [drawn, theme.reference_line(3.0, "x")]


def _allocation(data: Data) -> Any:
    ds = data["allocation"].isel(seed=0, drop=True)
    ds = ds.assign_coords(feature=coordinate("feature", np.arange(ds.sizes["feature"]), "feature"))
    look: Any = {"colours": "viridis", "legend": "right"}
    lines = theme.curves(ds[["capacity_best"]], "capacity_best", "feature", "kurtosis", **look)
    dots = theme.scatter(ds[["capacity"]], "capacity", "feature", "kurtosis", **look)
    share = ds.marginal_return / ds.level
    text = "marginal return / common level lambda"
    relative = xr.Dataset({"share": variable(share.dims, share.values, text, "1")}, ds.coords)
    returns = theme.curves(relative, "share", "feature", "kurtosis", markers=True, **look)
    return theme.layout(
        theme.overlay(lines, dots), theme.overlay(returns, theme.reference_line(1.0)), columns=1
    )


def _blocks(data: Data) -> Any:
    ds = data["allocation"]
    kurtosis = ds.kurtosis.values[min(1, ds.sizes["kurtosis"] - 1)]
    one = ds.sel(kurtosis=kurtosis, drop=True)
    block = one.block.isel(seed=0).values
    order = np.argsort(np.where(block < 0, block.max() + 1, block), kind="stable")
    place = np.arange(order.size)
    gram = one.gram.values[np.ix_(order, order)]
    table = xr.Dataset(
        {"gram": variable(("row", "column"), gram, "W_i . W_j", "1")},
        {
            "row": coordinate("row", place, "feature, ordered by block"),
            "column": coordinate("column", place, "feature, ordered by block"),
        },
    )
    picture = theme.heatmap(table, "gram", "column", "row", centre=0.0)
    spectrum = ds[["eigenvalue"]].assign_coords(
        hidden=coordinate("hidden", np.arange(1, ds.sizes["hidden"] + 1), "rank of the eigenvalue")
    )
    look: Any = {"colours": "viridis", "markers": True}
    lines = theme.band(spectrum, "eigenvalue", "hidden", "kurtosis", **look)
    return theme.layout(picture, lines)


def _directions(data: Data) -> Any:
    ds = data["allocation"]
    gain = np.log10(ds.return_found / ds.return_true)
    text = "log10 (return / best feature's)"
    gain = gain.transpose("kurtosis", "seed", "search")
    table = ds[["purity"]].assign(gain=variable(gain.dims, gain.values, text, "1"))
    look: Any = {"logx": True, "markers": True, "control": "random"}
    purity = theme.band(table[["purity"]], "purity", "kurtosis", "search", legend=None, **look)
    gained = theme.band(table[["gain"]], "gain", "kurtosis", "search", **look)
    return theme.layout(purity, theme.overlay(gained, theme.reference_line(0.0)))


FIGURES = {
    "returns": Figure(
        caption=(
            "Marginal return of capacity, -dL_i / dC_i in loss per dimension, against the capacity "
            "of feature 1 (blue) and of feature 2 (orange, over the other where both are equal), "
            "at six points of the phase diagram; dots: the optimal split of one dimension. "
            f"{EXACT}"
        ),
        shows=(
            "Below a kurtosis of 3 returns rise, so that one feature takes all; at 3 any split is "
            "as good; above, they fall, and two features share where their returns can be equal "
            "(D, E). In F feature 2 starts below where feature 1 ends: nothing is left for it."
        ),
        surprise=(
            "Sharing depends on the kurtosis alone, not on sparsity as such: a dense heavy-tailed "
            "feature is shared, a sparse one of constant size only below a probability of 1/3. "
            "The points are ours: the published parameters of A to F are not known."
        ),
        draw=_returns,
    ),
    "phase": Figure(
        caption=(
            "Capacity of feature 2 where two features share one dimension, against kurtosis and "
            "value ratio: trained on the exact loss (the best of eight seeds at each point), "
            "closed form, difference. Dashed: kurtosis 3, and the boundaries v_2 / v_1 = "
            f"2 / (kurtosis - 1) and (kurtosis - 1) / 2 between sharing and not. {EXACT}"
        ),
        shows=(
            "Trained and analytic diagrams are the same picture: a wedge of sharing that opens at "
            "kurtosis 3 and equal values. The difference is 0 everywhere but at one point."
        ),
        surprise=(
            "That point is kurtosis 3 and equal values exactly, where all splits have equal "
            "losses and training keeps the one that it starts near (C_2 from 0.22 to 1 over "
            "seeds). At the ties below 3 the best seed happens to pick the feature that the "
            "closed form names."
        ),
        draw=_phase,
    ),
    "allocation": Figure(
        caption=(
            "Thirty features of value 0.93^i in eight dimensions, by kurtosis. Top: capacities, "
            "lines by water-filling, dots trained (first of eight seeds; all agree within "
            "0.002). Bottom: marginal return of the trained models over the common level lambda; "
            f"dashed: 1. {EXACT}"
        ),
        shows=(
            "From few dedicated features and a cliff near kurtosis 3 to a slope over all features "
            "at 100. Shared features have exactly the common level; dedicated ones are above it, "
            "ignored ones below."
        ),
        surprise=(
            "All three kinds exist together only at low kurtosis (3.5 and 5): from 30 on every "
            "feature is shared, and not even the most valuable one has a dimension to itself."
        ),
        draw=_allocation,
    ),
    "blocks": Figure(
        caption=(
            "Left: scalar products of the embedding vectors of one trained model (kurtosis 5, "
            "first seed), features ordered by block. Right: eigenvalues of WW^T by kurtosis, mean "
            "over eight seeds with the 95 % bootstrap interval, which is too narrow to see."
        ),
        shows=(
            "Four dedicated features are alone on the diagonal; nine shared ones fill one block "
            "of four dimensions. The spectrum has the dedicated values, then one flat level, "
            "sqrt(lambda / 2)."
        ),
        surprise=(
            "One block holds everything that is shared, however many features there are; above "
            "kurtosis 10 it is the whole model, with a flat spectrum."
        ),
        draw=_blocks,
    ),
    "directions": Figure(
        caption=(
            "The input direction of most negative dL / dC, by kurtosis: how much of it is one "
            "feature (left), and its marginal return over the largest of any feature (right; "
            "dashed: equal). Searched with the closed form, taken as the best one for an added "
            "neuron, or drawn at random (grey, the control). Mean over eight seeds with the 95 % "
            "bootstrap interval."
        ),
        shows=(
            "At kurtosis 3.5 the search returns a true feature; from 5 on a mixture, whose return "
            "at kurtosis 100 is 84 times that of any feature. The best direction for an added "
            "neuron is a mixture too."
        ),
        surprise=(
            "The authors' worry is justified. Directions that W maps to 0 have no capacity, so "
            "that their return is g(0), which for heavy tails is far above the level at which the "
            "features share. The closed form overstates it: it treats a mixture as independent of "
            "its parts."
        ),
        draw=_directions,
    ),
    **INTERVENTIONS,
    **NETWORKS,
}
