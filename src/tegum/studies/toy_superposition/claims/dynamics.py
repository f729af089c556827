"""T20: dimensionalities jump between plateaus while the loss drops."""

import numpy as np
import xarray as xr

from tegum.labels import at_least
from tegum.ledger.claims import Claim, above
from tegum.metrics.plateaus import JUMP, PLATEAU, WIDTH, Jumps, beside_chance
from tegum.studies.toy_superposition.claims.sources import trained

CHANCE = 0.5
"""Share of intervals with a smaller loss drop than any interval has by chance."""


def _runs(ds: xr.Dataset) -> list[Jumps]:
    """The jumps of each seed."""
    ds = at_least(ds, checkpoint=2 * WIDTH + PLATEAU).transpose("seed", "checkpoint", ...)
    rng = np.random.default_rng(0)
    arrays = (ds[name].values for name in ("dimensionality", "norm", "evaluation_loss"))
    return [beside_chance(*seed, rng=rng) for seed in zip(*arrays, strict=True)]


@trained("dynamics", "While training some D_i jump from one plateau to another.")
def t20(ds: xr.Dataset) -> Claim:
    runs = _runs(ds)
    return above(
        0.0,
        [run.count for run in runs],
        control=("permuted order of the recorded steps", [run.permuted for run in runs]),
        unit="jumps",
        because=f"changes of D_i by more than {JUMP} within {WIDTH} intervals between plateaus "
        f"of {PLATEAU} recorded steps, among {ds.sizes['feature']} features",
    )


@trained("dynamics", "Each jump coincides with a drop of the loss.")
def t20_loss(ds: xr.Dataset) -> Claim:
    runs = _runs(ds)
    return above(
        CHANCE,
        [run.percentile for run in runs],
        control=("random intervals", [run.anywhere for run in runs]),
        because="share of the recorded intervals around a jump in which the loss falls less "
        "than during it",
    )
