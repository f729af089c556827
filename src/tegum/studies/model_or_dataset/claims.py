"""Findings, judged. Every number is one per seed; seeds share data and initial weights, so that
differences between conditions are paired."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, statistical, untested
from tegum.studies.model_or_dataset import findings as at
from tegum.studies.model_or_dataset.architecture_claims import architectures
from tegum.studies.model_or_dataset.contrasts import (
    COVARIANCE,
    EXPECTED,
    LOGIT,
    NORM,
    PROBABILITY,
    RANDOM,
    UNUSED,
    of,
    random,
    ratio,
    share,
)
from tegum.studies.model_or_dataset.family_claims import families
from tegum.studies.model_or_dataset.findings import told
from tegum.studies.model_or_dataset.ladder_claims import ladder
from tegum.studies.model_or_dataset.language_claims import language_models

FINDINGS = tuple(at.FINDINGS)
Data = Mapping[str, xr.Dataset]
_PUBLISHED = {
    "b3_interpretability": "needs Pythia-70m to 6.9b, dictionaries of expansion 64 with k = 32 on "
    "100M tokens, and a language model that explains latents",
    "b3_reconstruction": "needs Pythia-70m to 6.9b, dictionaries of expansion 64 with k = 32 on "
    "100M tokens; an analogue is judged beside it",
    "b3_baseline_interpretability": "needs a language model that explains latents",
    "b3_baseline_probing": "needs the published language models and probing tasks; an analogue is "
    "judged beside it",
    "b3_baseline_editing": "needs the published language models and editing tasks",
    "b4_accuracy": "needs contextual representations of text with tagged parts of speech (about "
    "1M tokens); here variables of small models",
    "b4_selectivity": "needs contextual representations of text with tagged parts of speech (about "
    "1M tokens); an analogue is judged beside it",
}


def claims(data: Data) -> list[Claim]:
    """Every finding with its verdict; `data` maps sweep to measured Dataset."""
    bits, language = data["bits"], data["latents"]
    return [
        *_known(bits),
        *_seen(bits),
        *_rule(bits),
        *_random(bits, language),
        *families(data["families"]),
        *language_models(language),
        *ladder(data["ladder"]),
        *architectures(data["architectures"]),
        *(untested(*told(name), reason=reason) for name, reason in _PUBLISHED.items()),
    ]


def _known(bits: xr.Dataset) -> list[Claim]:
    used, unused = of(bits, "used"), of(bits, *UNUSED)
    auroc = bits["auroc"]
    gain = auroc.sel(control="untrained") - auroc.sel(control="none")
    known = {"label_control": "control_task", "bound": "value"}
    task = used["auroc_control"].sel(label_control="control_task")
    own = bits["selectivity"].sel(known)
    linear = of(bits, "unused_linear")["auroc"].isel(variable=0)
    first, last = linear.sel(control="none"), linear.sel(control="untrained")

    def between(name: str) -> np.ndarray:
        middle = linear.sel(control=name)
        return np.minimum((middle - first).values, (last - middle).values)

    covariance = ratio(used, COVARIANCE).min("variable").values
    return [
        statistical(
            *told("b1_decoded"),
            values=used["auroc"].sel(control="none").min("variable").values,
            threshold=at.PERFECT,
            direction="above",
            control="control task",
            control_values=task.max("variable").values,
            reason="the smaller AUROC of the two used variables",
        ),
        statistical(
            *told("b1_ratio"),
            values=ratio(used, NORM).min("variable").values,
            threshold=at.FAR_MORE,
            direction="above",
            control="unused variables",
            control_values=ratio(unused, NORM).max("variable").values,
            reason="mean |dp| over that of random directions, the smaller of the two variables; "
            "the difference of class means is added to negatives",
        ),
        statistical(
            *told("b1_unused_decodable"),
            values=own.sel(labelling=0, variable=unused["variable"]).min("variable").values,
            threshold=at.WELL_ABOVE,
            direction="above",
            control="random labels",
            control_values=random(bits)["selectivity"]
            .sel(known)
            .mean(["variable", "labelling"])
            .values,
            reason="least selectivity over the unused variables; of each "
            + _each(own.sel(labelling=0, variable=unused["variable"])),
        ),
        statistical(
            *told("b1_unused_still"),
            values=ratio(unused, NORM).max("variable").values,
            threshold=at.NOTHING,
            direction="below",
            control="used variables",
            control_values=ratio(used, NORM).min("variable").values,
            reason="largest mean |dp| over that of random directions of equal norm",
        ),
        statistical(
            *told("b1_reinit"),
            values=gain.sel(variable=unused["variable"]).min("variable").values,
            threshold=0.0,
            direction="above",
            control="used variables",
            control_values=gain.sel(variable=used["variable"]).max("variable").values,
            reason="AUROC in the re-initialised minus that in the trained network, least over the "
            f"unused variables; of each {_each(gain.sel(variable=unused['variable']))}",
        ),
        statistical(
            *told("b1_spectrum"),
            values=between("spectrum"),
            threshold=0.0,
            direction="above",
            control="permuted weights",
            control_values=between("permuted"),
            reason="AUROC: distance to the nearer of trained and re-initialised, negative outside",
        ),
        statistical(
            *told("used_covariance"),
            values=covariance,
            threshold=at.EFFECT,
            direction="above",
            control="unused variables",
            control_values=ratio(unused, COVARIANCE).max("variable").values,
            reason="mean |dp| over that of random directions, the smaller of the two variables",
        ),
    ]


def _seen(bits: xr.Dataset) -> list[Claim]:
    """What was added after the first result."""
    used, unused = of(bits, "used"), of(bits, *UNUSED)
    moved = bits["effect"].sel(labelling=0, alpha=1.0, outcome=PROBABILITY)
    logit = ratio(used, NORM, LOGIT).min("variable")
    return [
        statistical(
            *told("b1_ratio_logit"),
            values=logit.values,
            threshold=at.FAR_MORE,
            direction="above",
            control="unused variables",
            control_values=ratio(unused, NORM, LOGIT).max("variable").values,
            reason="as b1_ratio, with the size of the change of the logits",
        ),
        statistical(
            *told("unused_probability"),
            values=moved.sel(variable=unused["variable"]).max("variable").values,
            threshold=at.SMALL,
            direction="below",
            control="used variables",
            control_values=moved.sel(variable=used["variable"]).min("variable").values,
            reason="largest mean |dp|, of all outputs, over the unused variables",
        ),
        statistical(
            *told("unused_covariance"),
            values=ratio(unused, COVARIANCE).max("variable").values,
            threshold=at.NOTHING,
            direction="below",
            control="used variables",
            control_values=ratio(used, COVARIANCE).min("variable").values,
            reason="largest mean |dp| over that of random directions of equal covariance; in "
            f"logits {float(ratio(unused, COVARIANCE, LOGIT).max('variable').mean()):.2f}",
        ),
    ]


def _each(values: xr.DataArray) -> str:
    """Mean over seeds of every variable, in words."""
    return ", ".join(
        f"{v} {float(values.sel(variable=v).mean()):.3f}" for v in values["variable"].values
    )


def _rule(bits: xr.Dataset) -> list[Claim]:
    used, unused = of(bits, "used"), of(bits, *UNUSED)
    return [
        statistical(
            *told("b1_used_model"),
            values=share(used, ("MODEL",)),
            threshold=at.MOSTLY,
            direction="above",
            control="unused variables",
            control_values=share(unused, ("MODEL",)),
            reason=f"random directions of equal norm; by equal covariance "
            f"{share(used, ('MODEL',), COVARIANCE).mean():.2f}",
        ),
        statistical(
            *told("b1_unused_dataset"),
            values=share(unused, ("DATASET",)),
            threshold=at.MOSTLY,
            direction="above",
            control="used variables",
            control_values=share(used, ("DATASET",)),
            reason=f"random directions of equal norm; by equal covariance "
            f"{share(unused, ('DATASET',), COVARIANCE).mean():.2f}",
        ),
        statistical(
            *told("b1_unused_not_model"),
            values=share(unused, ("MODEL",)),
            threshold=at.ERROR,
            direction="below",
            control="used variables",
            control_values=share(used, ("MODEL",)),
            reason="random directions of equal norm",
        ),
    ]


def _random(bits: xr.Dataset, language: xr.Dataset) -> list[Claim]:
    dims = ["variable", "labelling"]
    nothing = random(bits)
    permuted = nothing["selectivity"].sel(label_control="permuted")
    true = bits["selectivity"].sel(label_control="permuted", labelling=0)
    artefact = nothing["verdict"].sel(direction=NORM, outcome=EXPECTED) == "PROBE-ARTEFACT"
    per_seed = nothing.sizes["variable"] * nothing.sizes["labelling"]
    where = f"{per_seed} random labels per seed, of the variables' base rates"
    return [
        statistical(
            *told("b5_selectivity"),
            values=np.abs(permuted.sel(bound="value").mean(dims).values),
            threshold=at.NEAR_ZERO,
            direction="below",
            control="true labels",
            control_values=true.sel(bound="value").mean("variable").values,
            reason=f"|mean AUROC minus that of other permuted labels|; {where}",
        ),
        statistical(
            *told("b5_artefact"),
            values=artefact.mean(dims).values,
            threshold=1 - at.ERROR,
            direction="above",
            control="true labels",
            control_values=share(bits, ("PROBE-ARTEFACT",)),
            reason=where,
        ),
        statistical(
            *told("b5_one_control"),
            values=(permuted.sel(bound="low") > 0).mean(dims).values,
            threshold=at.ERROR,
            direction="below",
            control="true labels",
            control_values=(true.sel(bound="low") > 0).mean("variable").values,
            reason=where,
        ),
        _false_positives("false_positives", bits),
        _false_positives("false_positives_language", language),
    ]


def _false_positives(name: str, ds: xr.Dataset) -> Claim:
    """Of that kind of random labels of which more are judged MODEL."""
    rates = {}
    for kind in RANDOM:
        verdict = random(ds, kind)["verdict"].sel(direction=NORM, outcome=EXPECTED)
        rates[kind] = (verdict == "MODEL").mean(["variable", "labelling"]).values
    worst = max(rates, key=lambda kind: rates[kind].mean())
    count = ds.sizes["variable"] * random(ds).sizes["labelling"]
    each = ", ".join(f"{kind} {of.mean():.3f}" for kind, of in rates.items())
    return statistical(
        *told(name),
        values=rates[worst],
        threshold=at.ERROR,
        direction="below",
        control="true labels",
        control_values=share(ds, ("MODEL",)),
        reason=f"{count} random labels of each kind per seed: {each}",
    )
