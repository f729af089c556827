"""Exact packing numbers on a grid of vectors, dimensions and moments of the interference.

Sweep `jl`, dims `n_features n_inputs alpha jl_form k`: the loss under the Johnson–Lindenstrauss
bound. Sweep `pairs`, dims `n_features n_inputs k`: orthogonal pairs counted on explicit vectors.
Sweep `energy`, dims `n_features n_inputs alpha seed configuration`: sum of |cos|^alpha of explicit
configurations. Everything is dimensionless; what is infeasible is NaN.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.labels import coordinate, variable
from tegum.theory import packing as metric

CONFIGURATIONS = ("repeated basis", "tegum product", "harmonic frame", "random", "minimised")
DISTANCES = tuple(10.0**-power for power in range(1, 7))
LONG_NAMES = {
    "n_features": "number of vectors n",
    "n_inputs": "number of dimensions d",
    "alpha": "moment of the interference alpha",
    "k": "number of factors k",
    "seed": "seed",
    "jl_form": "form of the bound",
    "configuration": "configuration",
    "distance": "distance of alpha below alpha_c",
}


def run(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep (`jl`, `pairs` or `energy`); `rows` is empty."""
    measures = {"jl": jl, "pairs": pairs, "energy": energy}
    if sweep.name not in measures:
        raise TegumError(f"sweep {sweep.name!r} is not known; use one of {sorted(measures)}")
    return measures[sweep.name](sweep)


def jl(sweep: Any) -> xr.Dataset:
    """Loss curves, their optimum and the critical moment, per form of the bound."""
    ns, ds, alphas = (_values(sweep, name) for name in ("n_features", "n_inputs", "alpha"))
    k = np.geomspace(1.0, max(ds), sweep.params.k_points)
    grid = (len(ns), len(ds))
    forms, moments = len(metric.FORMS), len(alphas)
    k_max, critical, local = (np.full((*grid, forms), np.nan) for _ in range(3))
    eps = np.full((*grid, forms, k.size), np.nan)
    loss, slope = (np.full((*grid, moments, forms, k.size), np.nan) for _ in range(2))
    best, eps_best = (np.full((*grid, moments, forms), np.nan) for _ in range(2))
    near = np.full((*grid, len(DISTANCES)), np.nan)
    for i, j in np.ndindex(grid):
        n, d = ns[i], ds[j]
        for f, form in enumerate(metric.FORMS):
            if not metric.feasible(n, d, form):
                continue
            k_max[i, j, f] = end = metric.largest_k(n, d, form)
            critical[i, j, f] = metric.critical_alpha(n, d, form)
            local[i, j, f] = 1.0 / metric.bound_slope(1.0, n, d, form)
            inside = k <= end
            eps[i, j, f, inside] = metric.interference_bound(k[inside], n, d, form)
            for a, alpha in enumerate(alphas):
                loss[i, j, a, f, inside] = np.exp(metric.log_loss(k[inside], n, d, alpha, form))
                slope[i, j, a, f, inside] = metric.log_loss_slope(k[inside], n, d, alpha, form)
                best[i, j, a, f] = found = metric.best_k(n, d, alpha, form)
                eps_best[i, j, a, f] = metric.interference_bound(found, n, d, form)
            if form == "cubic":
                moments_near = [critical[i, j, f] - distance for distance in DISTANCES]
                near[i, j] = [metric.best_k(n, d, alpha, form) for alpha in moments_near]
    both = ("n_features", "n_inputs")
    found = {
        "eps": ((*both, "jl_form", "k"), eps, "bound on |cos| within a factor"),
        "loss_norm": ((*both, "alpha", "jl_form", "k"), loss, "loss L(k) / L(1)"),
        "dlogL_dlogk": ((*both, "alpha", "jl_form", "k"), slope, "slope d log L / d log k"),
        "k_opt": ((*both, "alpha", "jl_form"), best, "best number of factors"),
        "eps_opt": ((*both, "alpha", "jl_form"), eps_best, "bound on |cos| at the best k"),
        "k_max": ((*both, "jl_form"), k_max, "largest feasible number of factors"),
        "alpha_c": ((*both, "jl_form"), critical, "critical moment alpha_c"),
        "alpha_c_local": ((*both, "jl_form"), local, "moment at which L(k) is flat at k = 1"),
        "k_opt_near": ((*both, "distance"), near, "best number of factors near alpha_c"),
    }
    coords = {"n_features": ns, "n_inputs": ds, "alpha": np.asarray(alphas, float)}
    coords |= {"jl_form": list(metric.FORMS), "k": k, "distance": list(DISTANCES)}
    return _dataset(found, coords)


def pairs(sweep: Any) -> xr.Dataset:
    """Ordered orthogonal pairs of a tegum product and of n/d rotated bases, counted one by one."""
    tegum, sets = [], []
    for cell in sweep.cells:
        p = cell.params
        n, d, k = p.n_features, p.n_inputs, p.k
        rng = np.random.default_rng(cell.stream("data"))
        whole = n % k == 0 and d % k == 0 and d > k
        # Random vectors of one factor are never orthogonal, so that only the product counts.
        factors = [metric.random_vectors(n // k, d // k, rng) for _ in range(k)] if whole else []
        count = metric.orthogonal_pairs(metric.tegum_product(factors)) if whole else np.nan
        bases = metric.rotated_bases(n, d, rng) if n % d == 0 else None
        tegum.append(float(count))
        sets.append(np.nan if bases is None else float(metric.orthogonal_pairs(bases)))
    dims = ("n_features", "n_inputs", "k")
    found = {
        "pairs_tegum": (
            dims,
            _on_grid(sweep, tegum, dims),
            "orthogonal ordered pairs, tegum product",
        ),
        "pairs_sets": (
            dims,
            _on_grid(sweep, sets, dims),
            "orthogonal ordered pairs, rotated bases",
        ),
    }
    return _dataset(found, {name: _values(sweep, name) for name in dims})


def energy(sweep: Any) -> xr.Dataset:
    """p-frame energy (p = alpha) of explicit configurations, and where repeating a basis loses."""
    energies, groups = [], []
    for cell in sweep.cells:
        p = cell.params
        rng = np.random.default_rng(cell.stream("init"))
        made = [build(p.n_features, p.n_inputs, p.k) for build in (_copies, _product, _harmonic)]
        start = metric.random_vectors(p.n_features, p.n_inputs, rng)
        made += [start, metric.least_energy(start, p.alpha)]
        energies.append([np.nan if v is None else metric.frame_energy(v, p.alpha) for v in made])
        groups.append([np.nan if v is None else float(metric.components(v)) for v in made])
    ns, ds = _values(sweep, "n_features"), _values(sweep, "n_inputs")
    switch = np.array([[_switch(n, d) for d in ds] for n in ns])
    dims = ("n_features", "n_inputs", "alpha", "seed")
    full = (*dims, "configuration")
    found = {
        "energy": (full, _on_grid(sweep, energies, dims), "energy: sum of |cos|^alpha"),
        "n_components": (full, _on_grid(sweep, groups, dims), "number of orthogonal groups"),
        "alpha_switch": (
            dims[:2],
            switch,
            "moment at which a harmonic frame beats a repeated basis",
        ),
    }
    coords: dict[str, Any] = {name: _values(sweep, name) for name in dims}
    coords |= {"alpha": np.asarray(coords["alpha"], float), "configuration": list(CONFIGURATIONS)}
    return _dataset(found, coords)


def _copies(n: int, d: int, k: int) -> np.ndarray | None:
    return metric.repeated_basis(n, d) if n % d == 0 else None


def _harmonic(n: int, d: int, k: int = 1) -> np.ndarray | None:
    return metric.harmonic_frame(n, d) if d < n else None


def _product(n: int, d: int, k: int) -> np.ndarray | None:
    factor = _harmonic(n // k, d // k) if n % k == 0 and d % k == 0 else None
    return None if factor is None else metric.tegum_product([factor] * k)


def _switch(n: int, d: int) -> float:
    copies, harmonic = _copies(n, d, 1), _harmonic(n, d)
    if copies is None or harmonic is None:
        return np.nan

    def gain(alpha: float) -> float:
        return metric.frame_energy(harmonic, alpha) - metric.frame_energy(copies, alpha)

    return metric.root(gain, 1.0, 4.0) if gain(1.0) * gain(4.0) < 0.0 else np.nan


def _values(sweep: Any, name: str) -> list[Any]:
    """Values of an axis; the fixed value where the sweep does not vary it."""
    return list(sweep.axes.get(name) or [getattr(sweep.params, name, 0)])


def _on_grid(sweep: Any, values: Sequence[Any], dims: Sequence[str]) -> np.ndarray:
    """One value (or row) per cell, in the order of `dims` instead of that of the sweep's axes."""
    array = np.asarray(values, dtype=float)
    inner = [f"inner_{i}" for i in range(array.ndim - 1)]
    shape = [len(axis) for axis in sweep.axes.values()]
    grid = xr.DataArray(array.reshape(*shape, *array.shape[1:]), dims=[*sweep.axes, *inner])
    missing = [dim for dim in dims if dim not in sweep.axes]
    return grid.expand_dims(missing).transpose(*dims, *inner).values


def _dataset(
    found: Mapping[str, tuple[tuple[str, ...], Any, str]], coords: Mapping[str, Any]
) -> xr.Dataset:
    return xr.Dataset(
        {name: variable(dims, data, text, "1") for name, (dims, data, text) in found.items()},
        coords={name: coordinate(name, v, LONG_NAMES[name]) for name, v in coords.items()},
    )
