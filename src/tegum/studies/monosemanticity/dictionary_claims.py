"""Claims on the models whose weights are kept, and on the dictionaries fitted to them."""

from collections.abc import Mapping

import xarray as xr

from tegum.ledger.claims import Claim, statistical
from tegum.studies.monosemanticity.contrasts import at
from tegum.studies.monosemanticity.findings import GAP, MODERATE, told


def dictionaries(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    """Linear maps of poly neurons, answers to noise, recovery beside its controls."""
    ds = data["dictionaries"]
    middle = at(ds, bias_offset=MODERATE)
    hidden = ds.sel(site="hidden", architecture="topk").mean("bias_offset")
    trained = hidden["mcc"].sel(control="none").values
    missing = "the dictionaries' true-feature recovery (MCC) at the hidden pre-activations"
    found = [
        statistical(
            *told("m10"),
            values=middle["poly_rank"].values,
            threshold=float(ds.sizes["rank"]),
            direction="below",
            unit="directions",
            control="untrained weights",
            control_values=middle["poly_rank_untrained"].values,
            reason=f"participation ratio of the singular values of L2 L1 P over poly neurons, "
            f"against d = {ds.sizes['rank']}, which bounds it; bias offset {MODERATE}. Any map has "
            "a lower effective rank than that bound: compare with the control",
        ),
        statistical(
            *told("m15_response"),
            values=(middle["noise_response_mono"] / middle["noise_response_poly"]).values,
            threshold=1.0,
            direction="below",
            control="permuted neuron labels",
            control_values=middle["noise_response_permuted"].values,
            reason="mean change over the largest response, mono over poly, model trained without "
            "noise",
        ),
    ]
    for name in ("untrained", "permuted", "gaussian"):
        other = hidden["mcc"].sel(control=name).values
        found.append(
            statistical(
                *told(f"sae_beats_{name}"),
                values=trained - other,
                threshold=0.0,
                direction="above",
                control=name,
                control_values=other,
                reason=f"{missing}, TopK, trained minus {name}",
            )
        )
    gap = hidden["mcc"] - hidden["support_f1"]
    found.append(
        statistical(
            *told("sae_directions_not_supports"),
            values=gap.sel(control="none").values,
            threshold=GAP,
            direction="above",
            control="permuted",
            control_values=gap.sel(control="permuted").values,
            reason="MCC minus F1, TopK, hidden pre-activations",
        )
    )
    return found
