"""Variables of a language, and latents of dictionaries, judged and taken away."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above
from tegum.studies.model_or_dataset.claims.shared import (
    COVARIANCE,
    EFFECT,
    EXPECTED,
    MOST,
    MOSTLY,
    NORM,
    QUESTION,
    RULE,
    SEEN,
    not_model,
    ratio,
    role,
    share,
    share_of_random,
    trained,
    true,
)

language = partial(trained, "latents")


@language(
    "In language models the rule sees that used variables have an effect: MODEL or UPSTREAM.", RULE
)
def language_used(ds: xr.Dataset) -> Claim:
    used, unused = role(ds, "used"), role(ds, "unused")
    return above(
        MOSTLY,
        share(used, "MODEL", "UPSTREAM"),
        control=("unused variables", share(unused, "MODEL", "UPSTREAM")),
        because=f"number and topic; MODEL alone {float(share(used, 'MODEL').mean()):.2f}",
    )


language_unused = language("The rule does not judge unused variables of a language MODEL.", RULE)(
    partial(not_model, "style, and style against the parity of the adverb"), id="language_unused"
)


@language(
    "Re-initialised language models decode the unused style better than the trained one.", SEEN
)
def language_reinit(ds: xr.Dataset) -> Claim:
    gain = at(ds["auroc"], control="untrained") - at(ds["auroc"], control="none")
    return above(
        0.0,
        at(gain, variable="style"),
        control=("number, which is used", at(gain, variable="number")),
        because="AUROC in the untrained minus that in the trained model",
    )


def _taken_away(direction: str, ds: xr.Dataset) -> Claim:
    found, other = (ratio(role(ds, r), direction).mean("variable") for r in ("latent", "unused"))
    because = "mean |dp| over that of random directions, mean over latents"
    return above(EFFECT, found, control=("unused variables", other), because=because)


TAKEN_AWAY = [
    language(statement, QUESTION)(partial(_taken_away, direction), id=name)
    for name, direction, statement in (
        (
            "latents_effect",
            NORM,
            "Taking a latent away moves the output more than twice as far as a random direction "
            "of equal norm.",
        ),
        ("latents_covariance", COVARIANCE, "Likewise, a random direction of equal covariance."),
    )
]


@language("It moves the output further than latents like it do.", QUESTION)
def latents_matched(ds: xr.Dataset) -> Claim:
    latents = role(ds, "latent")
    own = true(latents["effect"], alpha=1.0, outcome=EXPECTED)
    return above(
        1.0,
        (own / at(latents["effect_matched"], outcome=EXPECTED)).mean("variable"),
        control=(
            "unused variables, against random directions of equal norm",
            ratio(role(ds, "unused"), NORM).mean("variable"),
        ),
        because="mean |dp| over that of the three latents nearest in density, mean over latents",
    )


@language("Most latents are judged MODEL.", QUESTION)
def latents_model(ds: xr.Dataset) -> Claim:
    latents = role(ds, "latent")
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
