"""T20: dimensionalities jump between plateaus while the loss drops."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import at_least
from tegum.ledger.claims import Claim, above
from tegum.metrics.plateaus import JUMP, PLATEAU, WIDTH, jumps, percentile
from tegum.studies.toy_superposition.claims.sources import trained

RANDOM = 200
"""Intervals that are drawn as a control."""
CHANCE = 0.5
"""Share of intervals with a smaller loss drop than any interval has by chance."""


def _runs(ds: xr.Dataset) -> list[tuple[Any, ...]]:
    """Of each seed D_i, norms and losses at the recorded steps; their order permuted, and random
    intervals."""
    ds = at_least(ds, checkpoint=2 * WIDTH + PLATEAU).transpose("seed", "checkpoint", ...)
    rng = np.random.default_rng(0)
    n = ds.sizes["checkpoint"]
    arrays = (ds[name].values for name in ("dimensionality", "norm", "evaluation_loss"))
    return [
        (*seed, rng.permutation(n), rng.integers(WIDTH, n - WIDTH, RANDOM))
        for seed in zip(*arrays, strict=True)
    ]


@trained("dynamics", "While training some D_i jump from one plateau to another.")
def t20(ds: xr.Dataset) -> Claim:
    runs = _runs(ds)
    found = [len(jumps(d, norm)) for d, norm, *_ in runs]
    shuffled = [len(jumps(d[order], norm[order])) for d, norm, _, order, _ in runs]
    return above(
        0.0,
        found,
        control=("permuted order of the recorded steps", shuffled),
        unit="jumps",
        because=f"changes of D_i by more than {JUMP} within {WIDTH} intervals between plateaus "
        f"of {PLATEAU} recorded steps, among {ds.sizes['feature']} features",
    )


@trained("dynamics", "Each jump coincides with a drop of the loss.")
def t20_loss(ds: xr.Dataset) -> Claim:
    found, anywhere = [], []
    for d, norm, loss, _, random in _runs(ds):
        seen = jumps(d, norm)
        found.append(np.mean([percentile(loss, k) for _, k in seen]) if seen else np.nan)
        anywhere.append(np.mean([percentile(loss, k) for k in random]))
    return above(
        CHANCE,
        found,
        control=("random intervals", anywhere),
        because="share of the recorded intervals around a jump in which the loss falls less "
        "than during it",
    )
