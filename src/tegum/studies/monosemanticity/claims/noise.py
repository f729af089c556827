"""M15 to M18: biases that track noise, penalties on both layers, noise while training."""

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, below
from tegum.ledger.findings import untestable
from tegum.studies.monosemanticity.claims.conditions import (
    COMMENTS,
    MODERATE,
    PROTOTYPE,
    final,
    mono,
    more_mono,
    relative,
    trained,
    until,
)

SMALL_COST = 0.25
"""Largest relative rise of a loss that is 'a small cost' (M17): own choice."""
EVERY_FEATURE = 0.5
"""Least gain in mono neurons per feature at noise sigma_I (M17): half of 'about one'."""
HALF, FULL = 0.5, 1.0
"""Noise, in units of sigma_I."""


@trained(
    "input_noise",
    "The biases of monosemantic neurons track the noise: more noise, more negative.",
    COMMENTS,
    at={"input_noise": (HALF, FULL)},
)
def m15(ds: xr.Dataset) -> Claim:
    half, full = (final(ds, input_noise=s) for s in (HALF, FULL))
    return below(
        0.0,
        full["bias_mono"] - half["bias_mono"],
        control=("polysemantic neurons", full["bias_poly"] - half["bias_poly"]),
        unit="feature amplitude",
        because="noise 1 against 0.5 sigma_I",
    )


@trained(
    "dictionaries",
    "Small input noise moves polysemantic neurons more than monosemantic ones.",
    COMMENTS,
    at={"bias_offset": MODERATE},
)
def m15_response(ds: xr.Dataset) -> Claim:
    middle = at(ds, bias_offset=MODERATE)
    return below(
        1.0,
        middle["noise_response_mono"] / middle["noise_response_poly"],
        control=("permuted neuron labels", middle["noise_response_permuted"]),
        because="mean change over the largest response, mono over poly, model trained without "
        "noise",
    )


m16 = untestable(
    "m16",
    "A penalty on hidden activations and outputs trades estimation error for monosemantic neurons.",
    COMMENTS,
    "judged in the study levers: lasso_mono, lasso_error, lasso_both",
)


@trained(
    "input_noise",
    "Training with input noise gives every feature about one monosemantic neuron.",
    PROTOTYPE,
    at={"input_noise": (0.0, FULL)},
)
def m17(ds: xr.Dataset) -> Claim:
    because = "mono neurons per feature at noise sigma_I against none, bias offset 0"
    return more_mono(ds, "input_noise", FULL, 0.0, because, EVERY_FEATURE)


@trained(
    "input_noise",
    "Half of that noise costs little in the clean loss.",
    PROTOTYPE,
    at={"input_noise": (0.0, HALF, FULL)},
)
def m17_cost(ds: xr.Dataset) -> Claim:
    none, half, full = (final(ds, input_noise=s) for s in (0.0, HALF, FULL))
    return below(
        SMALL_COST,
        relative(half, none),
        control=("noise sigma_I", relative(full, none)),
        because="relative change of the clean evaluation loss at 0.5 sigma_I",
    )


def _ends(removed: xr.Dataset, noise: xr.Dataset) -> list[xr.Dataset]:
    """Before and after the second half of the steps without noise; the last octave with noise."""
    half = until(removed, int(removed["step"][-1] + 1) // 2)
    kept = at(noise, input_noise=FULL)
    return [final(ds) for ds in (half, removed, kept.isel(checkpoint=slice(0, -1)), kept)]


@trained(
    ("noise_removed", "input_noise"),
    "The monosemantic state that noise made is not kept once the noise is removed.",
    PROTOTYPE,
    at={"input_noise": FULL},
)
def m18(removed: xr.Dataset, noise: xr.Dataset) -> Claim:
    before, after, earlier, kept = _ends(removed, noise)
    return below(
        0.0,
        mono(after) - mono(before),
        control=("noise kept", mono(kept) - mono(earlier)),
        because="mono neurons per feature at the end minus when the noise was removed",
    )


@trained(
    ("noise_removed", "input_noise"),
    "It relaxes to a lower clean loss.",
    PROTOTYPE,
    at={"input_noise": FULL},
)
def m18_loss(removed: xr.Dataset, noise: xr.Dataset) -> Claim:
    before, after, earlier, kept = _ends(removed, noise)
    return below(
        0.0,
        relative(after, before),
        control=("noise kept", relative(kept, earlier)),
        because="relative change of the clean loss since the noise was removed",
    )
