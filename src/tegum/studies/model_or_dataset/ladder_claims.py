"""Findings about dictionaries on the ladder of controls: FVU, paired over seeds."""

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, statistical
from tegum.statistics import cohen_dz
from tegum.studies.model_or_dataset import findings as at
from tegum.studies.model_or_dataset.findings import RUNGS, told

USED = ["number", "topic"]
ANOTHER = "the trained model of another seed"


def ladder(rungs: xr.Dataset) -> list[Claim]:
    """Every finding about the ladder."""
    fvu = rungs["fvu"].transpose("seed", "control")
    own = fvu.sel(control="none")
    found = [_beats(fvu, rung) for rung in RUNGS if rung in fvu["control"]]
    return [*found, *_order(rungs, fvu, own), *_analogues(rungs, own)]


def _beats(fvu: xr.DataArray, rung: str) -> Claim:
    control, own = fvu.sel(control=rung), fvu.sel(control="none")
    return statistical(
        *told(f"beats_{rung}"),
        values=(control - own).values,
        threshold=0.0,
        direction="above",
        control=ANOTHER,
        control_values=another(own),
        reason=f"difference of FVU: {float(control.mean()):.4f} against {float(own.mean()):.4f}; "
        f"d_z = {cohen_dz((control - own).values):.1f}",
    )


def another(own: xr.DataArray) -> np.ndarray:
    """Differences between the trained models of two seeds, the control of a comparison."""
    return np.roll(own.values, 1) - own.values


def _order(rungs: xr.Dataset, fvu: xr.DataArray, own: xr.DataArray) -> list[Claim]:
    def at_rung(name: str) -> xr.DataArray:
        return fvu.sel(control=name)

    found = []
    for name, changed in (
        ("b2_weights", "weights"),
        ("b2_inputs", "inputs"),
        ("b2_activations", "activations"),
    ):
        those = fvu.sel(control=rungs["changes"] == changed)
        nearest = those.mean("seed").idxmin("control").item()
        found.append(
            statistical(
                *told(name),
                values=(those.min("control") - own).values,
                threshold=0.0,
                direction="above",
                control=ANOTHER,
                control_values=another(own),
                reason=f"least difference of FVU over the controls; the nearest is {nearest}",
            )
        )
    gaussian, permuted = at_rung("gaussian"), at_rung("permuted_dimensions")
    untrained, kept = at_rung("untrained"), at_rung("spectrum_kept")
    others = fvu.drop_sel(control=["gaussian", "permuted_dimensions"]).max("control")
    spectrum, normal, entries = map(at_rung, ("spectrum", "matched_normal", "permuted"))
    latents = at_rung("permuted_latents")
    re_initialised = rungs["cross_entropy"].sel(control=rungs["changes"] == "weights")
    floor = rungs["loss_unigram"]
    return [
        *found,
        statistical(
            *told("b2_unigram"),
            values=((at_rung("unigram") - own) / (gaussian - own)).values,
            threshold=at.CLOSE,
            direction="below",
            control="uniform tokens",
            control_values=((at_rung("uniform") - own) / (gaussian - own)).values,
            reason="share of the way in FVU from the trained model to the matched Gaussian",
        ),
        statistical(
            *told("b2_spectrum"),
            values=np.minimum((spectrum - own).values, (normal - spectrum).values),
            threshold=0.0,
            direction="above",
            control="permuted weights in their place",
            control_values=np.minimum((entries - own).values, (normal - entries).values),
            reason="FVU: distance to the nearer of the two, negative outside",
        ),
        statistical(
            *told("b2_embedding"),
            values=((untrained - kept) / (untrained - own)).values,
            threshold=at.MOST,
            direction="above",
            control="equal spectra, embeddings too",
            control_values=((untrained - spectrum) / (untrained - own)).values,
            reason="share of the difference of FVU",
        ),
        statistical(
            *told("b2_gaussian"),
            values=np.minimum((gaussian - permuted).values, (permuted - others).values),
            threshold=0.0,
            direction="above",
            control="permuted latents in the place of the Gaussian",
            control_values=np.minimum((latents - permuted).values, (permuted - others).values),
            reason=f"least of FVU(Gaussian) - FVU(permuted dimensions) = "
            f"{float((gaussian - permuted).mean()):.3f} and FVU(permuted dimensions) - that of the "
            f"worst other = {float((permuted - others).mean()):.3f}",
        ),
        statistical(
            *told("b2_cross_entropy"),
            values=(re_initialised.min("control") - floor).values,
            threshold=0.0,
            direction="above",
            unit="nat",
            control="the trained model",
            control_values=(rungs["cross_entropy"].sel(control="none") - floor).values,
            reason="least cross-entropy of the models with controlled weights minus that of the "
            f"frequencies of tokens, {float(floor.mean()):.2f}; the floor, given all earlier "
            f"tokens, is {float(rungs['loss_floor'].mean()):.2f}",
        ),
    ]


def _analogues(rungs: xr.Dataset, own: xr.DataArray) -> list[Claim]:
    explained = 1 - rungs["fvu"]
    probing = rungs["latent_auroc"].sel(variable=USED).mean("variable")

    def relative(values: xr.DataArray, name: str) -> np.ndarray:
        return (values.sel(control=name) / values.sel(control="none")).values

    frozen, plain = probing.sel(control="frozen_decoder"), probing.sel(control="none")
    return [
        statistical(
            *told("b3_reconstruction_analogue"),
            values=relative(explained, "untrained_kept"),
            threshold=at.SIMILAR,
            direction="above",
            control="matched Gaussian",
            control_values=relative(explained, "gaussian"),
            reason="ratio of the variances explained; without the trained embeddings "
            f"{relative(explained, 'untrained').mean():.3f}",
        ),
        statistical(
            *told("b3_probing_analogue"),
            values=relative(probing, "frozen_decoder"),
            threshold=at.PROBING,
            direction="above",
            control="the untrained model",
            control_values=relative(probing, "untrained"),
            reason="ratio of AUROCs, mean over number and topic: "
            f"{float(frozen.mean()):.3f} against {float(plain.mean()):.3f}",
        ),
    ]
