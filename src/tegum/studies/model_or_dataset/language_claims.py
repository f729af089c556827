"""Findings about variables of a language and about latents of dictionaries."""

import xarray as xr

from tegum.ledger.claims import Claim, statistical
from tegum.studies.model_or_dataset import findings as at
from tegum.studies.model_or_dataset.contrasts import (
    COVARIANCE,
    EXPECTED,
    NORM,
    UNUSED,
    of,
    random,
    ratio,
    share,
)
from tegum.studies.model_or_dataset.findings import told


def language_models(language: xr.Dataset) -> list[Claim]:
    """Every finding about language models."""
    used, unused = of(language, "used"), of(language, *UNUSED)
    latents = of(language, "latent")
    auroc = language["auroc"]
    gain = auroc.sel(control="untrained") - auroc.sel(control="none")
    verdict = random(latents)["verdict"].sel(direction=NORM, outcome=EXPECTED)
    by_chance = verdict == "MODEL"
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
