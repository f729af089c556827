"""M1 to M6: what the learning rate and the initial bias do."""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.studies.monosemanticity.claims.conditions import (
    MODERATE,
    PAPER,
    PROTOTYPE,
    final,
    mono,
    more_mono,
    relative,
    trained,
    untrained,
)

LOW_RATE, HIGH_RATE = 0.003, 0.01
"""The learning rates of the prototype's M3b; the middle of the published grid (M1)."""
COLLAPSE_RATE = 0.03
"""M6's learning rate."""
EXTREME = -1.0
"""The published bias offset that is too negative here (M3, M4)."""
NEARLY_EQUAL = 0.10
"""Largest relative difference of two losses that are 'nearly equal' (M1): own choice."""
HALF_DEAD = 0.25
"""Least dead share that is 'about half' (M6): half of it."""

RATES = {"learning_rate": (LOW_RATE, HIGH_RATE)}
AGAINST = f"learning rate {HIGH_RATE} against {LOW_RATE}"
OFFSETS = {"bias_offset": (0.0, MODERATE)}


def until_trough(ds: xr.Dataset) -> xr.Dataset:
    """The checkpoints up to the last at the trough of the learning rate."""
    scale = ds["learning_rate_scale"].values
    trough = int(np.flatnonzero(np.isclose(scale, scale.min()))[-1])
    return ds.isel(checkpoint=slice(0, trough + 1))


def _of_rates(ds: xr.Dataset) -> xr.DataArray:
    """Relative difference of the last loss at the high learning rate from that at the low one."""
    return relative(final(ds, learning_rate=HIGH_RATE), final(ds, learning_rate=LOW_RATE))


@trained(
    "learning_rate",
    "A higher learning rate gives more monosemantic neurons per feature.",
    PAPER,
    at=RATES,
)
def m1(ds: xr.Dataset) -> Claim:
    because = f"{AGAINST}, bias offset 0, Adam, at the peak of the periodic learning rate"
    return more_mono(ds, "learning_rate", HIGH_RATE, LOW_RATE, because)


@trained(
    "learning_rate",
    "Final losses at middle learning rates are nearly equal.",
    PAPER,
    at=RATES,
    no_effect=True,
)
def m1_loss(ds: xr.Dataset) -> Claim:
    return below(
        NEARLY_EQUAL,
        abs(_of_rates(until_trough(ds))),
        control=("peak of the learning rate", abs(_of_rates(ds))),
        because=f"relative difference, {AGAINST}, bias offset 0, Adam, at the trough",
    )


@trained(
    "bias_offset",
    "Monosemantic neurons have more negative biases than polysemantic ones, in every run "
    "that has any.",
    PAPER,
)
def m2(ds: xr.Dataset) -> Claim:
    last = final(ds)
    return below(
        0.0,
        last["bias_gap"].max("bias_offset"),
        control=("permuted neuron labels", last["bias_gap_permuted"].mean("bias_offset")),
        unit="feature amplitude",
        because="bias of mono minus poly neurons; the run with the largest gap of each seed",
    )


@trained(
    "bias_offset",
    "A moderately negative initial bias with decay gives more monosemantic neurons.",
    PAPER,
    at=OFFSETS,
)
def m3(ds: xr.Dataset) -> Claim:
    because = (
        f"mono neurons per feature, bias offset {MODERATE} against 0; the offset alone makes "
        "untrained neurons selective, see the control"
    )
    return more_mono(ds, "bias_offset", MODERATE, 0.0, because)


@trained(
    "bias_offset",
    "A moderately negative initial bias with decay does not raise the loss.",
    PAPER,
    at=OFFSETS,
)
def m3_loss(ds: xr.Dataset) -> Claim:
    found, start = (
        relative(of(ds, bias_offset=MODERATE), of(ds, bias_offset=0.0)) for of in (final, untrained)
    )
    return below(
        0.0,
        found,
        control=("untrained", start),
        because=f"relative change of the evaluation loss, bias offset {MODERATE} against 0",
    )


@trained(
    "learning_rate",
    "A higher learning rate alone gives more monosemantic neurons after annealing.",
    PROTOTYPE,
    at=RATES,
)
def m3b(ds: xr.Dataset) -> Claim:
    because = f"{AGAINST}, bias offset 0, Adam, at the trough of the periodic learning rate"
    return more_mono(until_trough(ds), "learning_rate", HIGH_RATE, LOW_RATE, because)


@trained(
    "learning_rate",
    "A higher learning rate alone lowers the annealed loss.",
    PROTOTYPE,
    at=RATES,
)
def m3b_loss(ds: xr.Dataset) -> Claim:
    return below(
        0.0,
        _of_rates(until_trough(ds)),
        control=("untrained", _of_rates(ds.isel(checkpoint=[0]))),
        because=f"relative difference, {AGAINST}, bias offset 0, Adam, at the trough",
    )


@trained(
    "bias_offset",
    "The best initial bias is interior: more negative ones lose monosemantic neurons.",
    PROTOTYPE,
    at={"bias_offset": (0.0, MODERATE, EXTREME)},
)
def m4(ds: xr.Dataset) -> Claim:
    found, start = (
        mono(of(ds, bias_offset=MODERATE))
        - np.maximum(mono(of(ds, bias_offset=0.0)), mono(of(ds, bias_offset=EXTREME)))
        for of in (final, untrained)
    )
    return above(
        0.0,
        found,
        control=("untrained", start),
        because=f"mono neurons per feature at {MODERATE} minus the larger of 0 and {EXTREME}",
    )


@trained(
    "bias_offset",
    "Too negative an initial bias kills neurons.",
    PROTOTYPE,
    at={"bias_offset": (0.0, MODERATE, EXTREME)},
)
def m4_dead(ds: xr.Dataset) -> Claim:
    dead = final(ds)["dead_share"]
    none, middle, extreme = (at(dead, bias_offset=b) for b in (0.0, MODERATE, EXTREME))
    return above(
        0.0,
        extreme - middle,
        control=("bias offset 0", none - middle),
        because=f"share of dead neurons at {EXTREME} minus at {MODERATE}",
    )


@trained(
    "collapse",
    "At learning rate 0.03 with bias offset -1 about half of the neurons die.",
    PROTOTYPE,
    at={"learning_rate": (LOW_RATE, COLLAPSE_RATE)},
)
def m6(ds: xr.Dataset) -> Claim:
    dead = final(ds)["dead_share"]
    return above(
        HALF_DEAD,
        at(dead, learning_rate=COLLAPSE_RATE),
        control=(f"learning rate {LOW_RATE}", at(dead, learning_rate=LOW_RATE)),
        because="LAMB, the published optimiser; a run without a finite loss counts as undefined",
    )
