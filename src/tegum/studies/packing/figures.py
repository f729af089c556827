"""Figures of the study `packing`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import variable

Data = Mapping[str, xr.Dataset]
N, D = 100_000, 10_000
ENERGY_AT = {"n_features": 12, "n_inputs": 6}
SIMPLE = "simple bound"


def _reference(data: Data) -> xr.Dataset:
    """The (n, d) of the post, or the first of the sweep where it is not in it."""
    jl = data["jl"]
    there = N in jl.n_features and D in jl.n_inputs
    return jl.sel(n_features=N, n_inputs=D) if there else jl.isel(n_features=0, n_inputs=0)


def _curves(data: Data, low: float, high: float) -> Any:
    """Loss and slope against k for the moments in (low, high], and one with the simple bound."""
    here = _reference(data)
    alphas = here.alpha.values[(here.alpha.values > low) & (here.alpha.values <= high)]
    alphas = alphas[np.linspace(0, alphas.size - 1, min(alphas.size, 5)).round().astype(int)]
    lines = here[["loss_norm", "dlogL_dlogk"]]
    cubic = lines.sel(alpha=alphas, jl_form="cubic", drop=True)
    simple = lines.sel(alpha=alphas[-1:], jl_form="simple", drop=True)
    last = f"{alphas[-1]:g}, {SIMPLE}"
    names = [*(f"{alpha:g}" for alpha in alphas), last]
    both = xr.concat([cubic, simple], "alpha", data_vars="all").assign_coords(
        alpha=variable("alpha", names, "alpha", "1")
    )
    end = float(here.k_max.sel(jl_form="cubic"))
    seen = both.sel(k=both.k[both.k <= end])
    common: dict[str, Any] = {"logx": True, "control": last, "colours": "viridis"}
    loss = theme.curves(seen, "loss_norm", "k", "alpha", logy=True, legend=None, **common)
    slope = theme.curves(seen, "dlogL_dlogk", "k", "alpha", ylim=(-1.2, 2.0), **common)
    limit = theme.reference_line(end, "x")
    return theme.layout(
        theme.overlay(loss, limit), theme.overlay(slope, theme.reference_line(0.0), limit)
    )


def _below(data: Data) -> Any:
    return _curves(data, 0.0, 2.0)


def _above(data: Data) -> Any:
    return _curves(data, 2.0, np.inf)


def _optimum(data: Data) -> Any:
    here = _reference(data)
    best = theme.curves(
        here,
        "k_opt",
        "alpha",
        "jl_form",
        logy=True,
        markers=True,
        control="simple",
    )
    end = theme.reference_line(float(here.k_max.sel(jl_form="cubic")))
    critical = theme.curves(
        data["jl"].sel(jl_form="cubic"),
        "alpha_c",
        "n_inputs",
        "n_features",
        logx=True,
        markers=True,
    )
    return theme.layout(
        theme.overlay(best, end), theme.overlay(critical, theme.reference_line(2.0))
    )


def _transition(data: Data) -> Any:
    jl = data["jl"]
    n = int(jl.n_features.max())
    gap = jl.k_opt_near.sel(n_features=n).dropna("n_inputs", how="all") - 1.0
    name = f"best number of factors − 1, at n = {n:g}"
    drawn = jl[["n_inputs"]].sel(n_inputs=gap.n_inputs)
    drawn["gap"] = variable(gap.dims, gap.values, name, "1")
    drawn = drawn.assign_coords(distance=jl.distance)
    return theme.curves(drawn, "gap", "distance", "n_inputs", logx=True, logy=True, markers=True)


def _pairs(data: Data) -> Any:
    pairs = data["pairs"]
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
    ).sel(k=pairs.k[pairs.k > 1])
    points = theme.scatter(found, "ratio", "place", "k", logx=True, logy=True)
    lines = (theme.reference_line(1.0), theme.reference_line(1.0, "x"))
    return theme.overlay(points, *lines)


def _energy(data: Data) -> Any:
    energy = data["energy"]
    there = all(value in energy[name] for name, value in ENERGY_AT.items())
    here = energy.sel(ENERGY_AT) if there else energy.isel(n_features=0, n_inputs=0)
    drawn = theme.band(
        here,
        "energy",
        "alpha",
        "configuration",
        control=["random"],
        logy=True,
        markers=True,
    )
    return theme.overlay(drawn, theme.reference_line(2.0, "x"))


_EXACT = "Computed, not sampled: there is no interval."

FIGURES = {
    "loss_below_two": Figure(
        caption=(
            "Loss L(k) / L(1) (left) and its slope d log L / d log k (right) against the number of "
            "orthogonal factors k, for moments alpha up to 2, under the cubic form of the "
            "Johnson-Lindenstrauss bound; grey: one moment under the simple form; dashed: slope 0, "
            f"and the largest feasible k. n = 100,000 vectors, d = 10,000 dimensions. {_EXACT}"
        ),
        shows=(
            "Every cubic curve falls, turns and rises again before the largest feasible k: "
            "splitting into factors pays, up to a point, and less far for larger alpha. The simple "
            "form keeps falling."
        ),
        surprise=(
            "The range of k ends at 56, although there are 10,000 dimensions. At alpha = 2 the "
            "loss changes by a few per cent over most of the range: the best k is hardly better "
            "than 1."
        ),
        draw=_below,
    ),
    "loss_above_two": Figure(
        caption=(
            "Loss L(k) / L(1) (left) and its slope (right) against the number of factors k, as in "
            f"the figure for alpha up to 2, for moments alpha above 2. {_EXACT}"
        ),
        shows=(
            "At alpha = 2.05 the slope still starts below 0, so that a few factors are best; from "
            "2.15 on it is positive everywhere and one space (k = 1) is best."
        ),
        surprise=(
            "The sign of the slope at k = 1 decides alone; nothing special happens at alpha = 2."
        ),
        draw=_above,
    ),
    "optimum": Figure(
        caption=(
            "Left: best number of factors against the moment alpha, n = 100,000 and d = 10,000, "
            "cubic and simple bound; dashed: largest feasible k (cubic). Right: moment alpha_c "
            "beyond which k = 1 is best, against d, for three n, cubic bound; dashed: alpha = 2. "
            f"Pairs with d >= n, or without a root at k = 1, are left out. {_EXACT}"
        ),
        shows=(
            "With the cubic bound the best k slides from the largest feasible one to 1; with the "
            "simple bound it leaps from d to 1."
        ),
        surprise=(
            "alpha_c is not always a little above 2: for d of 1,000 and less it lies below 2 "
            "(0.84 at n = 100,000, d = 300), so that factors do not pay at alpha = 2 there."
        ),
        draw=_optimum,
    ),
    "transition": Figure(
        caption=(
            "Best number of factors, less 1, against the distance of alpha below alpha_c, for the "
            f"largest n of the sweep and each feasible d; cubic bound, both axes logarithmic. "
            f"{_EXACT}"
        ),
        shows=(
            "Up to d = 30,000 the lines have slope 1: the best k reaches 1 continuously. At "
            "n = 1,000,000, d = 100,000 the line bends to a floor near 0.07: k jumps to 1."
        ),
        surprise=(
            "The comment says that there is no jump because the loss is unimodal in k. That holds "
            "at n = 100,000, d = 10,000 but not for every n and d: where eps at k = 1 is small, "
            "the loss first rises and then falls below its value at k = 1."
        ),
        draw=_transition,
    ),
    "pairs": Figure(
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
        draw=_pairs,
    ),
    "energy": Figure(
        caption=(
            "Sum over ordered pairs of |cos|^alpha against alpha for n = 12 unit vectors in d = 6 "
            "dimensions; random vectors (grey, the control) and L-BFGS minima from the same "
            "starts: mean over 5 seeds with the 95 % bootstrap interval; the others are fixed "
            "configurations. Dashed: alpha = 2."
        ),
        shows=(
            "All tight configurations meet at alpha = 2. Below it nothing is under the repeated "
            "orthonormal basis; above it spread vectors win, and the minimisation finds better "
            "ones than the harmonic frame."
        ),
        surprise=(
            "Taken exactly the switch is at 2, not at the alpha_c of the bound. At alpha = 1 the "
            "minimisation mostly stays in local minima above the repeated basis."
        ),
        draw=_energy,
    ),
}
