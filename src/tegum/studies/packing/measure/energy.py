"""Sum of |cos|^alpha of explicit configurations, and where repeating a basis loses."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.studies.packing.params import Energy
from tegum.studies.packing.schema import SCHEMAS
from tegum.theory import packing as metric

CONFIGURATIONS = ("repeated basis", "tegum product", "harmonic frame", "random", "minimised")


def by_cell(sweep: SweepView[Energy], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """p-frame energies (p = alpha), (cell, configuration); `rows` is empty."""
    energies, groups = [], []
    for cell in sweep.cells:
        p = cell.params
        rng = np.random.default_rng(cell.stream("init"))
        made = [build(p.n_features, p.n_inputs, p.k) for build in (_copies, _product, _harmonic)]
        start = metric.random_vectors(p.n_features, p.n_inputs, rng)
        made += [start, metric.least_energy(start, p.alpha)]
        energies.append([np.nan if v is None else metric.frame_energy(v, p.alpha) for v in made])
        groups.append([np.nan if v is None else metric.components(v) for v in made])
    switch = [_switch(c.params.n_features, c.params.n_inputs) for c in sweep.cells]
    return SCHEMAS["measure/energy"].dataset(
        {"energy": energies, "n_components": groups, "alpha_switch": switch},
        {"configuration": list(CONFIGURATIONS)},
    )


def _copies(n: int, d: int, k: int = 1) -> np.ndarray | None:
    return metric.repeated_basis(n, d) if n % d == 0 else None


def _harmonic(n: int, d: int, k: int = 1) -> np.ndarray | None:
    return metric.harmonic_frame(n, d) if d < n else None


def _product(n: int, d: int, k: int) -> np.ndarray | None:
    factor = _harmonic(n // k, d // k) if n % k == 0 and d % k == 0 else None
    return None if factor is None else metric.tegum_product([factor] * k)


@cache
def _switch(n: int, d: int) -> float:
    copies, harmonic = _copies(n, d), _harmonic(n, d)
    if copies is None or harmonic is None:
        return np.nan

    def gain(alpha: float) -> float:
        return metric.frame_energy(harmonic, alpha) - metric.frame_energy(copies, alpha)

    return metric.root(gain, 1.0, 4.0) if gain(1.0) * gain(4.0) < 0.0 else np.nan
