"""B-2, B-3: what dictionaries leave unexplained on the ladder of controls; published baselines."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.comparisons import less_than_under, lies_between
from tegum.ledger.findings import Finding, untestable
from tegum.studies.model_or_dataset.claims.shared import ANALOGUE, MOST, trained

SOURCE = "Mendel (comments); a small prototype of one seed"
HEAP = "Heap et al. 2025, abstract"
KORZNIKOV = "Korznikov et al. 2026, abstract"
PYTHIA = "Pythia-70m to 6.9b, dictionaries of expansion 64 with k = 32 on 100M tokens"
CLOSE = 0.25
"""Largest share of the way from the trained model to the matched Gaussian: own choice."""
SIMILAR = 0.95
"""Least ratio of variances explained that are similar: own choice."""
PROBING = 0.9
"""Least ratio of sparse-probing scores (the published ones are 0.69 / 0.72 = 0.96): own choice."""
RUNGS = {
    "weights": {
        "untrained": "the untrained model",
        "untrained_kept": "the untrained model with the trained embeddings",
        "matched_normal": "Gaussian weights of equal deviation",
        "matched_normal_kept": "Gaussian weights of equal deviation, with the trained embeddings",
        "permuted": "permuted weights",
        "permuted_kept": "permuted weights, with the trained embeddings",
        "spectrum": "weights of equal spectrum",
        "spectrum_kept": "weights of equal spectrum, with the trained embeddings",
    },
    "inputs": {
        "unigram": "the trained model on shuffled tokens",
        "uniform": "the trained model on uniform tokens",
        "markov": "the trained model on Markov-1 tokens",
    },
    "activations": {
        "gaussian": "Gaussian activations of equal mean and covariance",
        "permuted_dimensions": "activations with permuted dimensions",
        "permuted_latents": "activations with permuted latents",
        "random_decoder": "the same codes with random directions",
    },
    "learning": {
        "frozen_decoder": "the same activations with frozen random directions",
        "soft_frozen_decoder": "the same activations with directions near random ones",
        "frozen_encoder": "the same activations with a frozen random encoder",
    },
}
"""What a control changes, to the controls that a statement about all of them is about."""


def rungs(
    statement: str, source: str, controls: Collection[str], no_effect: bool = False, **more: Any
) -> Callable[..., Finding]:
    """Decorates a finding about dictionaries of the trained model beside some controls."""
    where = {"control": ("none", *controls), **more}
    return trained("ladder", statement, source, at=where, no_effect=no_effect)


def _every(controls: tuple[str, ...], ds: xr.Dataset) -> Claim:
    nearest = at(ds["fvu"], control=controls).mean("seed").idxmin("control").item()
    because = f"least difference of FVU over the controls; the nearest is {nearest}"
    return less_than_under(ds["fvu"], controls, because)


EVERY = [
    rungs(statement, SOURCE, RUNGS[changes])(
        partial(_every, tuple(RUNGS[changes])), id=f"b2_{changes}"
    )
    for changes, statement in (
        (
            "weights",
            "A dictionary leaves less variance unexplained on the trained model than on every "
            "control on its weights.",
        ),
        ("inputs", "Likewise on the trained inputs and every control on them."),
        ("activations", "Likewise on the activations and every control on them."),
    )
]


@rungs(
    "Shuffled tokens are close to the corpus.",
    SOURCE,
    ("unigram", "uniform", "gaussian"),
    no_effect=True,
)
def b2_unigram(ds: xr.Dataset) -> Claim:
    more = ds["fvu"] - at(ds["fvu"], control="none")
    way = more / at(more, control="gaussian")
    control = "uniform tokens", at(way, control="uniform")
    because = "share of the way in FVU from the trained model to the matched Gaussian"
    return below(CLOSE, at(way, control="unigram"), control=control, because=because)


@rungs(
    "Equal spectra lie between the trained weights and Gaussian ones of equal deviation.",
    SOURCE,
    ("spectrum", "matched_normal", "permuted"),
)
def b2_spectrum(ds: xr.Dataset) -> Claim:
    because = "FVU: distance to the nearer of the two, negative outside"
    ends, control = ("none", "matched_normal"), ("permuted weights in their place", "permuted")
    return lies_between(ds["fvu"], ends, "spectrum", control, because)


@rungs(
    "Equal spectra with the trained embeddings explain most of the gap between the trained and "
    "the untrained model.",
    SOURCE,
    ("untrained", "spectrum", "spectrum_kept"),
)
def b2_embedding(ds: xr.Dataset) -> Claim:
    untrained = at(ds["fvu"], control="untrained")
    explained = (untrained - ds["fvu"]) / (untrained - at(ds["fvu"], control="none"))
    kept, control = (at(explained, control=name) for name in ("spectrum_kept", "spectrum"))
    because = "share of the difference of FVU"
    return above(MOST, kept, control=("equal spectra, embeddings too", control), because=because)


@rungs(
    "The matched Gaussian is the worst of all, permuted dimensions are next.",
    SOURCE,
    [name for controls in RUNGS.values() for name in controls],
)
def b2_gaussian(ds: xr.Dataset) -> Claim:
    names = ("gaussian", "permuted_dimensions", "permuted_latents")
    gaussian, permuted, latents = (at(ds["fvu"], control=name) for name in names)
    second = permuted - ds["fvu"].drop_sel(control=list(names[:2])).max("control")
    control = np.minimum(latents - permuted, second)
    return above(
        0.0,
        np.minimum(gaussian - permuted, second),
        control=("permuted latents in the place of the Gaussian", control),
        because="least of FVU(Gaussian) - FVU(permuted dimensions) = "
        f"{float((gaussian - permuted).mean()):.3f} and FVU(permuted dimensions) - that of the "
        f"worst other = {float(second.mean()):.3f}",
    )


@rungs(
    "All re-initialised models have a cross-entropy far above the trained one: above that of the "
    "frequencies of tokens.",
    SOURCE,
    RUNGS["weights"],
)
def b2_cross_entropy(ds: xr.Dataset) -> Claim:
    floor = ds["loss_unigram"]
    return above(
        0.0,
        at(ds["cross_entropy"], control=tuple(RUNGS["weights"])).min("control") - floor,
        control=("the trained model", at(ds["cross_entropy"], control="none") - floor),
        unit="nat",
        because="least cross-entropy of the models with controlled weights minus that of the "
        f"frequencies of tokens, {float(floor.mean()):.2f}; the floor, given all earlier "
        f"tokens, is {float(ds['loss_floor'].mean()):.2f}",
    )


RANDOM_MODELS = [
    untestable(
        f"b3_{name.lower().split()[-1]}",
        f"{name} is similar for trained and random Pythia models.",
        HEAP,
        f"needs {PYTHIA}{more}",
    )
    for name, more in (
        ("Automated interpretability", ", and a language model that explains latents"),
        ("Reconstruction", "; SmolLM2 is judged in the study real_dictionaries: heap_alike"),
    )
]


def _relative(values: xr.DataArray, control: str) -> xr.DataArray:
    return at(values, control=control) / at(values, control="none")


@rungs(
    "Dictionaries explain as much variance of the untrained model with the trained embeddings.",
    HEAP + ANALOGUE,
    ("untrained", "untrained_kept", "gaussian"),
    no_effect=True,
)
def b3_reconstruction_analogue(ds: xr.Dataset) -> Claim:
    names = ("untrained_kept", "gaussian", "untrained")
    kept, gaussian, untrained = (_relative(1 - ds["fvu"], name) for name in names)
    because = "ratio of the variances explained; without the trained embeddings "
    because += f"{float(untrained.mean()):.3f}"
    return above(SIMILAR, kept, control=("matched Gaussian", gaussian), because=because)


MODELS_AND = "needs the published language models and"
BASELINES = [
    untestable(f"b3_baseline_{name}", f"Random baselines are {statement}.", KORZNIKOV, needs)
    for name, statement, needs in (
        (
            "interpretability",
            "nearly as interpretable as dictionaries: 0.87 against 0.90",
            "needs a language model that explains latents",
        ),
        (
            "probing",
            "nearly as good at sparse probing: 0.69 against 0.72",
            f"{MODELS_AND} probing tasks; an analogue is judged beside it",
        ),
        ("editing", "as good at causal editing: 0.73 against 0.72", f"{MODELS_AND} editing tasks"),
    )
]


@rungs(
    "With a frozen random decoder the best single latent reads used variables nearly as well.",
    KORZNIKOV + ANALOGUE,
    ("untrained", "frozen_decoder"),
    no_effect=True,
    variable=("number", "topic"),
)
def b3_probing_analogue(ds: xr.Dataset) -> Claim:
    probing = at(ds["latent_auroc"], variable=["number", "topic"]).mean("variable")
    frozen, plain = (float(at(probing, control=c).mean()) for c in ("frozen_decoder", "none"))
    because = f"ratio of AUROCs, mean over number and topic: {frozen:.3f} against {plain:.3f}"
    control = ("the untrained model", _relative(probing, "untrained"))
    return above(PROBING, _relative(probing, "frozen_decoder"), control=control, because=because)
