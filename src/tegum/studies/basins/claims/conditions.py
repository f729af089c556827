"""What the findings share: sources, thresholds, and the numbers that are compared.

Thresholds were fixed before any result of this scale was seen. All differences are paired: models
of a seed share the embedding and the evaluation set.
"""

from functools import partial
from typing import NamedTuple

import xarray as xr

from tegum.labels import at
from tegum.ledger.findings import finding

DERIVED = "derived: symmetries of ReLU networks with one hidden layer"
PROTOTYPE = "size of a small prototype, one pair of each kind"
COMMENTS = "comments under arXiv 2211.09169 (Jermyn, Schiefer and Hubinger 2022)"
QUESTION = f"a question that the {COMMENTS} leave open"
CURVES = "Garipov et al. 2018; Draxler et al. 2018: minima are joined by curves of low loss"

CUT = 4.0
"""Least ratio of barriers before and after alignment (BA2): the prototype's."""
SAME_BASIN = 0.05
"""Largest barrier, in units of the mean end loss, within a basin: that of the clustering."""
FLOOR = 1e-3
"""Barrier, in the same units, below which nothing is told apart in a ratio: own choice."""
HIGH = 0.5
"""Least barrier that is 'of the order of the end loss' (BA3): half of it, own choice."""
KEPT = 0.8
"""Least share of monosemantic neurons that is 'kept': the protocol's."""
CONVERGED = 0.05
"""Largest change of the loss over the last half of training at which a verdict counts: own
choice."""
ROUNDING = 1e-10
"""Of outputs in double precision."""
trained = partial(finding, converged=CONVERGED)
"""Decorates the findings about trained models."""


class Kind(NamedTuple):
    """Which of the models of a seed."""

    phase: str
    noise: float


def kinds(ds: xr.Dataset, phase: str = "trained") -> tuple[Kind, Kind]:
    """The monosemantic and the polysemantic one: with the most noise, and without."""
    return Kind(phase, float(ds["noise"].max())), Kind(phase, 0.0)


def pair(ds: xr.Dataset, one: Kind, other: Kind, path: str = "aligned") -> xr.DataArray:
    """Barrier between models of different starts, mean over which start is whose: (seed,)."""
    return (between(ds, one, other, (0, 1), path) + between(ds, one, other, (1, 0), path)) / 2


def alike(ds: xr.Dataset, one: Kind, other: Kind) -> xr.DataArray:
    """Aligned barrier between models of the same start, mean over the first two: (seed,)."""
    return (between(ds, one, other, (0, 0)) + between(ds, one, other, (1, 1))) / 2


def between(
    ds: xr.Dataset, one: Kind, other: Kind, starts: tuple[int, int], path: str = "aligned"
) -> xr.DataArray:
    """Barrier between two models of a seed: (seed,)."""
    return at(
        ds["barrier"],
        path=path,
        phase=one.phase,
        noise=one.noise,
        start=starts[0],
        phase_other=other.phase,
        noise_other=other.noise,
        start_other=starts[1],
    )


def of(ds: xr.Dataset, name: str, kind: Kind) -> xr.DataArray:
    """A measure of the models of a kind, mean over starts: (seed,)."""
    return at(ds[name], phase=kind.phase, noise=kind.noise).mean("start")
