"""What dictionaries recover of the true features, beside their controls."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above
from tegum.studies.monosemanticity.claims.conditions import trained

CONTROLS = "Heap et al. 2025; Korznikov et al. 2026 (controls)"
TOPK = {"architecture": "topk"}
GAP = 0.1
"""Least difference between |cos| and F1 that is a dissociation: own choice."""


def _hidden(ds: xr.Dataset, control: str) -> xr.Dataset:
    """TopK dictionaries on the hidden pre-activations, mean of the bias offsets."""
    return at(ds, site="hidden", control=control, **TOPK).mean("bias_offset")


def _beats(name: str, ds: xr.Dataset) -> Claim:
    found, other = (_hidden(ds, control)["mcc"] for control in ("none", name))
    return above(
        0.0,
        found - other,
        control=(name, other),
        because="the dictionaries' true-feature recovery (MCC) at the hidden pre-activations, "
        f"TopK, trained minus {name}",
    )


BEATS = [
    trained("dictionaries", f"Dictionaries recover the features better {than}.", CONTROLS, at=TOPK)(
        partial(_beats, name), id=f"sae_beats_{name}"
    )
    for name, than in (
        ("untrained", "on trained than on fresh weights"),
        ("permuted", "than from permuted dimensions"),
        ("gaussian", "than from a matched Gaussian"),
    )
]


@trained(
    "dictionaries",
    "Dictionaries recover directions better than supports.",
    "dissociation seen in a small prototype of the SAE-recovery study",
    at=TOPK,
)
def sae_directions_not_supports(ds: xr.Dataset) -> Claim:
    hidden = [_hidden(ds, control) for control in ("none", "permuted")]
    found, permuted = (h["mcc"] - h["support_f1"] for h in hidden)
    return above(
        GAP,
        found,
        control=("permuted", permuted),
        because="MCC minus F1, TopK, hidden pre-activations",
    )
