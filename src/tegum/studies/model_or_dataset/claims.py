"""Findings, judged. Every number is one per seed; seeds share data and initial weights, so that
differences between conditions are paired."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.claims import Claim, statistical, untested
from tegum.studies.model_or_dataset import findings as at
from tegum.studies.model_or_dataset.findings import told
from tegum.studies.model_or_dataset.ladder_claims import ladder

FINDINGS = tuple(at.FINDINGS)
Data = Mapping[str, xr.Dataset]
NORM, COVARIANCE = "equal_norm", "equal_covariance"
EXPECTED, PROBABILITY, LOGIT = "expected", "probability", "logit"
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
        *_families(data["families"]),
        *_language(language),
        *ladder(data["ladder"]),
        *(untested(*told(name), reason=reason) for name, reason in _PUBLISHED.items()),
    ]


def ratio(ds: xr.Dataset, direction: str, outcome: str = EXPECTED) -> xr.DataArray:
    """Effect over that of random directions, of true labels at the multiple 1: (seed, variable)."""
    here = ds.sel(direction=direction, labelling=0, alpha=1.0, outcome=outcome)
    return (here["effect"] / here["effect_random"]).transpose("seed", "variable")


def share(
    ds: xr.Dataset,
    verdicts: tuple[str, ...],
    direction: str = NORM,
    outcome: str = EXPECTED,
) -> np.ndarray:
    """Of the variables with true labels, per seed."""
    found = ds["verdict"].sel(direction=direction, outcome=outcome, labelling=0).isin(verdicts)
    return found.mean("variable").values


def of(ds: xr.Dataset, *roles: str) -> xr.Dataset:
    """The variables of these roles."""
    return ds.sel(variable=ds["role"].isin(roles))


UNUSED = ("unused_linear", "unused_nonlinear")


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
            control_values=own.isel(labelling=slice(1, None))
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
    random = bits.isel(labelling=slice(1, None))
    permuted = random["selectivity"].sel(label_control="permuted")
    true = bits["selectivity"].sel(label_control="permuted", bound="low", labelling=0)
    verdict = {
        name: ds["verdict"].sel(direction=NORM, outcome=EXPECTED).isel(labelling=slice(1, None))
        for name, ds in (("bits", bits), ("language", language))
    }
    per_seed = random.sizes["variable"] * random.sizes["labelling"]
    where = f"{per_seed} random labels per seed, of the variables' base rates"
    mean = permuted.sel(bound="value").mean(dims)
    found = [
        statistical(
            *told("b5_selectivity"),
            values=np.abs(mean.values),
            threshold=at.NEAR_ZERO,
            direction="below",
            control="true labels",
            control_values=bits["selectivity"]
            .sel(label_control="permuted", bound="value", labelling=0)
            .mean("variable")
            .values,
            reason=f"|mean AUROC minus that of other permuted labels|; {where}",
        ),
        statistical(
            *told("b5_artefact"),
            values=(verdict["bits"] == "PROBE-ARTEFACT").mean(dims).values,
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
            control_values=(true > 0).mean("variable").values,
            reason=where,
        ),
    ]
    for name, ds, key in (
        ("false_positives", bits, "bits"),
        ("false_positives_language", language, "language"),
    ):
        found.append(
            statistical(
                *told(name),
                values=(verdict[key] == "MODEL").mean(dims).values,
                threshold=at.ERROR,
                direction="below",
                control="true labels",
                control_values=share(ds, ("MODEL",)),
                reason=f"{int(np.prod(verdict[key].shape[1:]))} random labels per seed",
            )
        )
    return found


def _families(families: xr.Dataset) -> list[Claim]:
    here = families.sel(n_train=at.TESTED_N_TRAIN, method="nearest")
    accuracy = here["auroc"].mean("variable")
    memory = here["auroc_control"].sel(label_control="control_task").mean("variable")
    own = accuracy - memory

    def lead(values: xr.DataArray, family: str) -> np.ndarray:
        others = values.sel(family=[f for f in values["family"].values if f != family])
        return (values.sel(family=family) - others.max("family")).values

    def told_of(values: xr.DataArray) -> str:
        means = values.mean("seed")
        return ", ".join(f"{f} {float(means.sel(family=f)):.3f}" for f in means["family"].values)

    def against(values: xr.DataArray) -> np.ndarray:
        return (values.sel(family="mlp") - values.sel(family="linear")).values

    where = f"mean over variables, {int(here['n_train'])} samples"
    return [
        statistical(
            *told("family_accuracy"),
            values=lead(accuracy, "mlp"),
            threshold=0.0,
            direction="above",
            control="on the control task",
            control_values=lead(memory, "mlp"),
            reason=f"lead of its AUROC, {where}: {told_of(accuracy)}",
        ),
        statistical(
            *told("family_selectivity"),
            values=lead(own, "linear"),
            threshold=0.0,
            direction="above",
            control="lead of its AUROC",
            control_values=lead(accuracy, "linear"),
            reason=f"lead of its AUROC minus that on the control task, {where}: {told_of(own)}",
        ),
        statistical(
            *told("b4_selectivity_analogue"),
            values=against(own),
            threshold=0.0,
            direction="below",
            control="difference of AUROC",
            control_values=against(accuracy),
            reason=f"MLP minus linear, {where}",
        ),
        statistical(
            *told("b4_memorising_analogue"),
            values=against(memory),
            threshold=0.0,
            direction="above",
            control="difference of AUROC on the true labels",
            control_values=against(accuracy),
            reason=f"MLP minus linear, {where}: {told_of(memory)}",
        ),
    ]


def _language(language: xr.Dataset) -> list[Claim]:
    used, unused = of(language, "used"), of(language, *UNUSED)
    latents = of(language, "latent")
    auroc = language["auroc"]
    gain = auroc.sel(control="untrained") - auroc.sel(control="none")
    random = latents["verdict"].isel(labelling=slice(1, None))
    by_chance = random.sel(direction=NORM, outcome=EXPECTED) == "MODEL"
    own = latents["effect"].sel(labelling=0, alpha=1.0)
    matched = (own / latents["effect_matched"]).sel(outcome=EXPECTED)
    found = [
        statistical(
            *told("language_used"),
            values=share(used, ("MODEL", "UPSTREAM")),
            threshold=at.MOSTLY,
            direction="above",
            control="unused variables",
            control_values=share(unused, ("MODEL", "UPSTREAM")),
            reason=f"number and topic; MODEL alone {share(used, ('MODEL',)).mean():.2f}",
        ),
        statistical(
            *told("language_unused"),
            values=share(unused, ("MODEL",)),
            threshold=at.ERROR,
            direction="below",
            control="used variables",
            control_values=share(used, ("MODEL",)),
            reason="style, and style against the parity of the adverb",
        ),
        statistical(
            *told("language_reinit"),
            values=gain.sel(variable="style").values,
            threshold=0.0,
            direction="above",
            control="number, which is used",
            control_values=gain.sel(variable="number").values,
            reason="AUROC in the untrained minus that in the trained model",
        ),
        statistical(
            *told("latents_matched"),
            values=matched.mean("variable").values,
            threshold=1.0,
            direction="above",
            control="unused variables, against random directions of equal norm",
            control_values=ratio(unused, NORM).mean("variable").values,
            reason="mean |dp| over that of the three latents nearest in density, mean over latents",
        ),
        statistical(
            *told("latents_model"),
            values=share(latents, ("MODEL",)),
            threshold=at.MOST,
            direction="above",
            control="random labels",
            control_values=by_chance.mean(["variable", "labelling"]).values,
            reason=f"{latents.sizes['variable']} latents per seed; UPSTREAM "
            f"{share(latents, ('UPSTREAM',)).mean():.2f}, INCONCLUSIVE "
            f"{share(latents, ('INCONCLUSIVE',)).mean():.2f}, DATASET "
            f"{share(latents, ('DATASET',)).mean():.2f}",
        ),
    ]
    for name, direction in (("latents_effect", NORM), ("latents_covariance", COVARIANCE)):
        found.append(
            statistical(
                *told(name),
                values=ratio(latents, direction).mean("variable").values,
                threshold=at.EFFECT,
                direction="above",
                control="unused variables",
                control_values=ratio(unused, direction).mean("variable").values,
                reason="mean |dp| over that of random directions, mean over latents",
            )
        )
    return found
