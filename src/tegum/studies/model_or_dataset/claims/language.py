"""Variables of a language, latents of dictionaries, and the controls that dictionaries beat."""

from functools import partial

import xarray as xr

from tegum.evidence.rows import (
    COVARIANCE,
    EXPECTED,
    NORM,
    effect,
    ratio,
    role,
    share,
    share_of_random,
    untrained_gain,
)
from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above
from tegum.ledger.comparisons import less_than_under
from tegum.statistics import cohen_dz
from tegum.studies.model_or_dataset.claims.ladder import RUNGS, rungs
from tegum.studies.model_or_dataset.claims.shared import (
    EFFECT,
    MOST,
    MOSTLY,
    RULE,
    SEEN,
    not_model,
    trained,
)

QUESTION = "Mendel (comments): would the feature-finder find it anywhere?"
language = partial(trained, "latents")


@language(
    "In language models the rule sees that used variables have an effect: MODEL or UPSTREAM.", RULE
)
def language_used(ds: xr.Dataset) -> Claim:
    used, unused = (share(role(ds, r), "MODEL", "UPSTREAM") for r in ("used", "unused"))
    alone = float(share(role(ds, "used"), "MODEL").mean())
    because = f"number and topic; MODEL alone {alone:.2f}"
    return above(MOSTLY, used, control=("unused variables", unused), because=because)


language_unused = language("The rule does not judge unused variables of a language MODEL.", RULE)(
    partial(not_model, "style, and style against the parity of the adverb"), id="language_unused"
)


@language(
    "Re-initialised language models decode the unused style better than the trained one.", SEEN
)
def language_reinit(ds: xr.Dataset) -> Claim:
    gain = untrained_gain(ds)
    control = "number, which is used", at(gain, variable="number")
    because = "AUROC in the untrained minus that in the trained model"
    return above(0.0, at(gain, variable="style"), control=control, because=because)


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
    matched = (effect(latents) / at(latents["effect_matched"], outcome=EXPECTED)).mean("variable")
    unused = ratio(role(ds, "unused"), NORM).mean("variable")
    control = "unused variables, against random directions of equal norm", unused
    because = "mean |dp| over that of the three latents nearest in density, mean over latents"
    return above(1.0, matched, control=control, because=because)


@language("Most latents are judged MODEL.", QUESTION)
def latents_model(ds: xr.Dataset) -> Claim:
    latents = role(ds, "latent")
    others = ", ".join(
        f"{verdict} {float(share(latents, verdict).mean()):.2f}"
        for verdict in ("UPSTREAM", "INCONCLUSIVE", "DATASET")
    )
    control = "random labels", share_of_random(latents, "MODEL")
    because = f"{latents.sizes['variable']} latents per seed; {others}"
    return above(MOST, share(latents, "MODEL"), control=control, because=because)


ARCHITECTURES = ("Standard (2023)", "Gated", "JumpReLU", "BatchTopK", "Matryoshka")
"""Beside TopK, which stands on every rung."""
HARDEST = {
    "with weights of equal spectrum, the trained embeddings kept": ("weights", "spectrum_kept"),
    "on Markov-1 tokens": ("inputs", "markov"),
    "on Gaussian activations of equal mean and covariance and on permuted latents": (
        "activations",
        "gaussian",
        "permuted_latents",
    ),
    "on the same codes with random directions": ("same_codes", "random_decoder"),
    "with frozen random directions": ("frozen", "frozen_decoder"),
}
"""The kind of control and, of that kind, those that are hardest to beat for TopK."""


def _beats(rung: str, ds: xr.Dataset) -> Claim:
    fvu = at_least(ds, seed=2)["fvu"]
    control, own = at(fvu, control=rung), at(fvu, control="none")
    because = (
        f"difference of FVU: {float(control.mean()):.4f} against {float(own.mean()):.4f}; "
        f"d_z = {cohen_dz(control - own):.1f}"
    )
    return less_than_under(fvu, (rung,), because)


BEATS = [
    rungs(
        "A dictionary leaves less variance unexplained "
        f"{'than one of' if changes == 'learning' else 'on the trained model than on'} {words}.",
        QUESTION,
        (rung,),
    )(partial(_beats, rung), id=f"beats_{rung}")
    for changes, controls in RUNGS.items()
    for rung, words in controls.items()
]


def _mean(ds: xr.Dataset, control: str) -> str:
    """FVU and L0 under a control, as text."""
    fvu, l0 = (float(at(ds[name], control=control).mean("seed")) for name in ("fvu", "l0"))
    return f"{'of its own' if control == 'none' else control} {fvu:.4f} (L0 {l0:.2f})"


def _architecture(name: str, controls: tuple[str, ...], ds: xr.Dataset) -> Claim:
    here = at(ds, architecture=name)
    others = ", ".join(_mean(here, control) for control in controls)
    return less_than_under(here["fvu"], controls, f"FVU {_mean(here, 'none')}; {others}")


OTHERS = [
    trained(
        "architectures",
        f"At about equal L0, {title} dictionaries leave less variance unexplained than {words}.",
        QUESTION,
        at={"architecture": name, "control": ("none", *controls)},
    )(partial(_architecture, name, tuple(controls)), id=f"{name}_{group}")
    for title in ARCHITECTURES
    for name in (title.split()[0].lower(),)
    for words, (group, *controls) in HARDEST.items()
]
