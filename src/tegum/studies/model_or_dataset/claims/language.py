"""Variables of a language, and latents of dictionaries, judged and taken away."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.studies.model_or_dataset.claims.shared import (
    COVARIANCE,
    EFFECT,
    ERROR,
    EXPECTED,
    MOST,
    MOSTLY,
    NORM,
    QUESTION,
    RULE,
    SEEN,
    labelled,
    ratio,
    share,
    share_of_random,
    trained,
    unused,
    used,
)


@trained(
    "latents",
    "In language models the rule sees that used variables have an effect: MODEL or UPSTREAM.",
    RULE,
)
def language_used(ds: xr.Dataset) -> Claim:
    found, other = (share(part(ds), "MODEL", "UPSTREAM") for part in (used, unused))
    return above(
        MOSTLY,
        found,
        control=("unused variables", other),
        because=f"number and topic; MODEL alone {float(share(used(ds), 'MODEL').mean()):.2f}",
    )


@trained("latents", "The rule does not judge unused variables of a language MODEL.", RULE)
def language_unused(ds: xr.Dataset) -> Claim:
    return below(
        ERROR,
        share(unused(ds), "MODEL"),
        control=("used variables", share(used(ds), "MODEL")),
        because="style, and style against the parity of the adverb",
    )


@trained(
    "latents",
    "Re-initialised language models decode the unused style better than the trained one.",
    SEEN,
)
def language_reinit(ds: xr.Dataset) -> Claim:
    gain = at(ds["auroc"], control="untrained") - at(ds["auroc"], control="none")
    return above(
        0.0,
        at(gain, variable="style"),
        control=("number, which is used", at(gain, variable="number")),
        because="AUROC in the untrained minus that in the trained model",
    )


def _latents(ds: xr.Dataset) -> xr.Dataset:
    return labelled(ds, "role", "latent")


def _taken_away(direction: str, ds: xr.Dataset) -> Claim:
    moved, other = (ratio(part(ds), direction).mean("variable") for part in (_latents, unused))
    return above(
        EFFECT,
        moved,
        control=("unused variables", other),
        because="mean |dp| over that of random directions, mean over latents",
    )


latents_effect = trained(
    "latents",
    "Taking a latent away moves the output more than twice as far as a random direction of equal "
    "norm.",
    QUESTION,
)(partial(_taken_away, NORM), id="latents_effect")
latents_covariance = trained(
    "latents", "Likewise, a random direction of equal covariance.", QUESTION
)(partial(_taken_away, COVARIANCE), id="latents_covariance")


@trained("latents", "It moves the output further than latents like it do.", QUESTION)
def latents_matched(ds: xr.Dataset) -> Claim:
    own = at(_latents(ds), alpha=1.0, outcome=EXPECTED).isel(labelling=0)
    return above(
        1.0,
        (own["effect"] / own["effect_matched"]).mean("variable"),
        control=(
            "unused variables, against random directions of equal norm",
            ratio(unused(ds), NORM).mean("variable"),
        ),
        because="mean |dp| over that of the three latents nearest in density, mean over latents",
    )


@trained("latents", "Most latents are judged MODEL.", QUESTION)
def latents_model(ds: xr.Dataset) -> Claim:
    latents = _latents(ds)
    others = ", ".join(
        f"{verdict} {float(share(latents, verdict).mean()):.2f}"
        for verdict in ("UPSTREAM", "INCONCLUSIVE", "DATASET")
    )
    return above(
        MOST,
        share(latents, "MODEL"),
        control=("random labels", share_of_random(latents, "MODEL")),
        because=f"{latents.sizes['variable']} latents per seed; {others}",
    )
