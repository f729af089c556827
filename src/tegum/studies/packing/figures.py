"""Figures of the study `packing`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.labels import at, variable

Data = Mapping[str, xr.Dataset]
REFERENCE = {"n_features": 100_000, "n_inputs": 10_000}
ENERGY_AT = {"n_features": 12, "n_inputs": 6}
NAMES = {
    "n_features": "number of vectors n",
    "n_inputs": "number of dimensions d",
    "alpha": "moment of the interference alpha",
    "k": "number of factors k",
}
SIMPLE = "simple bound"
EXACT = "Computed, not sampled: there is no interval."


def _named(ds: xr.Dataset) -> xr.Dataset:
    """The same, its axes in words."""
    words = {a: variable(a, ds[a].values, t, "1") for a, t in NAMES.items() if a in ds.dims}
    return ds.assign_coords(words)


def _place(ds: xr.Dataset, where: Mapping[str, int]) -> xr.Dataset:
    """The problem `where`, or the first of the sweep where it is not in it."""
    there = all(value in ds[name].values for name, value in where.items())
    return _named(at(ds, **where) if there else ds.isel(dict.fromkeys(where, 0)))


def _curves(data: Data, low: float, high: float) -> Any:
    """Loss and slope against k for the moments in (low, high], and one with the simple bound."""
    here = _place(data["jl"], REFERENCE)
    alphas = here.alpha.values[(here.alpha.values > low) & (here.alpha.values <= high)]
    alphas = alphas[np.linspace(0, alphas.size - 1, min(alphas.size, 5)).round().astype(int)]
    lines = here[["loss_norm", "dlogL_dlogk"]]
    cubic, simple = (
        at(lines, alpha=values, jl_form=form).drop_vars("jl_form")
        for values, form in ((alphas, "cubic"), (alphas[-1:], "simple"))
    )
    last = f"{alphas[-1]:g}, {SIMPLE}"
    names = [*(f"{alpha:g}" for alpha in alphas), last]
    both = xr.concat([cubic, simple], "alpha", data_vars="all").assign_coords(
        alpha=variable("alpha", names, "alpha", "1")
    )
    end = float(at(here.k_max, jl_form="cubic")[0])
    seen = both.isel(k=both.k.values <= end)
    common: dict[str, Any] = {"logx": True, "control": last, "colours": "viridis"}
    loss = theme.curves(seen, "loss_norm", "k", "alpha", logy=True, legend=None, **common)
    slope = theme.curves(seen, "dlogL_dlogk", "k", "alpha", ylim=(-1.2, 2.0), **common)
    limit = theme.reference_line(end, "feasible", axis="x")
    return theme.layout(
        theme.overlay(loss, limit), theme.overlay(slope, theme.reference_line(0.0, "flat"), limit)
    )


@figure(
    caption=(
        "Loss L(k) / L(1) (left) and its slope d log L / d log k (right) against the number of "
        "orthogonal factors k, for moments alpha up to 2, under the cubic form of the "
        "Johnson-Lindenstrauss bound; grey: one moment under the simple form; dashed: slope 0, "
        f"and the largest feasible k. n = 100,000 vectors, d = 10,000 dimensions. {EXACT}"
    ),
    shows=(
        "Every cubic curve falls, turns and rises again before the largest feasible k: "
        "splitting into factors pays, up to a point, and less far for larger alpha. The simple "
        "form keeps falling."
    ),
    surprise=(
        "That the range of k ends far below the number of dimensions {p1.verdict}. Near alpha = 2 "
        "the loss hardly changes over most of the range: the best k is hardly better than 1."
    ),
    sweeps=("jl",),
)
def loss_below_two(data: Data) -> Any:
    return _curves(data, 0.0, 2.0)


@figure(
    caption=(
        "Loss L(k) / L(1) (left) and its slope (right) against the number of factors k, as in "
        f"the figure for alpha up to 2, for moments alpha above 2. {EXACT}"
    ),
    shows=(
        "Just above 2 the slope may still start below 0, so that a few factors are best; beyond "
        "alpha_c it is positive everywhere and one space (k = 1) is best ({p4.verdict})."
    ),
    surprise=(
        "The sign of the slope at k = 1 decides alone; nothing special happens at alpha = 2."
    ),
    sweeps=("jl",),
)
def loss_above_two(data: Data) -> Any:
    return _curves(data, 2.0, np.inf)


@figure(
    caption=(
        "Left: best number of factors against the moment alpha, n = 100,000 and d = 10,000, "
        "cubic and simple bound; dashed: largest feasible k (cubic). Right: moment alpha_c "
        "beyond which k = 1 is best, against d, for three n, cubic bound; dashed: alpha = 2. "
        f"Pairs with d >= n, or without a root at k = 1, are left out. {EXACT}"
    ),
    shows=(
        "With the cubic bound the best k slides from the largest feasible one to 1; with the "
        "simple bound it leaps from d to 1."
    ),
    surprise=(
        "alpha_c is not always a little above 2: for small d it lies below 2, so that factors do "
        "not pay at alpha = 2 there."
    ),
    sweeps=("jl",),
)
def optimum(data: Data) -> Any:
    here = _place(data["jl"], REFERENCE)
    best = theme.curves(
        here,
        "k_opt",
        "alpha",
        "jl_form",
        logy=True,
        markers=True,
        control="simple",
    )
    end = theme.reference_line(float(at(here.k_max, jl_form="cubic")[0]), "feasible")
    critical = theme.curves(
        _named(at(data["jl"], jl_form="cubic").isel(alpha=0)),
        "alpha_c",
        "n_inputs",
        "n_features",
        logx=True,
        markers=True,
    )
    return theme.layout(
        theme.overlay(best, end), theme.overlay(critical, theme.reference_line(2.0, "alpha = 2"))
    )


@figure(
    caption=(
        "Best number of factors, less 1, against the distance of alpha below alpha_c, for the "
        f"largest n of the sweep and each feasible d; cubic bound, both axes logarithmic. "
        f"{EXACT}"
    ),
    shows=(
        "Where a line has slope 1, the best k reaches 1 continuously; where it bends to a floor, k "
        "jumps to 1."
    ),
    surprise=(
        "The comment says that there is no jump because the loss is unimodal in k. At "
        "n = 100,000, d = 10,000 that {p9.verdict}; it need not for every n and d: where eps at "
        "k = 1 is small, the loss first rises and then falls below its value at k = 1."
    ),
    sweeps=("jl",),
)
def transition(data: Data) -> Any:
    jl = _named(data["jl"])
    n = int(jl.n_features.max())
    gap = at(jl.k_opt_near, n_features=n).isel(alpha=0).dropna("n_inputs", how="all") - 1.0
    name = f"best number of factors − 1, at n = {n:g}"
    drawn = xr.Dataset({"gap": variable(gap.dims, gap.values, name, "1")})
    drawn = drawn.assign_coords(distance=jl.distance, n_inputs=gap.n_inputs)
    drawn.n_inputs.attrs = jl.n_inputs.attrs
    return theme.curves(drawn, "gap", "distance", "n_inputs", logx=True, logy=True, markers=True)


@figure(
    caption=(
        "Ordered orthogonal pairs in a tegum product of k factors over those in n/d rotated "
        "orthonormal bases, counted on explicit vectors (n = 24 to 96, d = 8 to 24), against "
        "d / (n (1 - 1/k)); dashed: equal numbers, and the predicted crossover. One "
        "configuration per point: counts are the same for every draw in general position."
    ),
    shows="All points fall close to one line that passes equality where d = n (1 - 1/k).",
    surprise=(
        "At the crossover itself the product is slightly ahead: the bases have n (d - 1) "
        "pairs, not n d."
    ),
    sweeps=("pairs",),
)
def pairs(data: Data) -> Any:
    pairs = _named(data["pairs"])
    crossover = pairs.n_features * (1.0 - 1.0 / pairs.k)
    ratio = (pairs.pairs_tegum / pairs.pairs_sets).where(pairs.k > 1)
    place = (pairs.n_inputs / crossover.where(crossover > 0)).broadcast_like(ratio)
    place = place.transpose(*ratio.dims)
    found = xr.Dataset(
        {
            "ratio": variable(ratio.dims, ratio.values, "orthogonal pairs, tegum / bases", "1"),
            "place": variable(ratio.dims, place.values, "d / (n (1 − 1/k))", "1"),
        },
        coords={"k": pairs.k},
    ).isel(k=pairs.k.values > 1)
    points = theme.scatter(found, "ratio", "place", "k", logx=True, logy=True)
    lines = (
        theme.reference_line(1.0, "as many"),
        theme.reference_line(1.0, "predicted", axis="x"),
    )
    return theme.overlay(points, *lines)


@figure(
    caption=(
        "Sum over ordered pairs of |cos|^alpha against alpha for n = 12 unit vectors in d = 6 "
        "dimensions; random vectors (grey, the control) and L-BFGS minima from the same "
        "starts: mean over seeds with the 95 % bootstrap interval; the others are fixed "
        "configurations. Dashed: alpha = 2."
    ),
    shows=(
        "All tight configurations meet at alpha = 2. That below it nothing is under the repeated "
        "orthonormal basis, and that above it spread vectors win, {energy_switch.verdict}; the "
        "minimisation finds better ones than the harmonic frame."
    ),
    surprise=(
        "Taken exactly the switch is at 2, not at the alpha_c of the bound. At small alpha "
        "the minimisation mostly stays in local minima above the repeated basis."
    ),
    sweeps=("energy",),
)
def energy(data: Data) -> Any:
    here = _place(data["energy"], ENERGY_AT)
    drawn = theme.band(
        here,
        "energy",
        "alpha",
        "configuration",
        control=["random"],
        logy=True,
        markers=True,
    )
    return theme.overlay(drawn, theme.reference_line(2.0, "alpha = 2", axis="x"))
