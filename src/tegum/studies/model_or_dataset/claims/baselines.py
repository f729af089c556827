"""B-3: what is published of dictionaries on random models and of random dictionaries."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above
from tegum.ledger.findings import Finding, finding
from tegum.studies.model_or_dataset.claims.ladder import rungs
from tegum.studies.model_or_dataset.claims.shared import ANALOGUE, needs

HEAP = "Heap et al. 2025, abstract"
KORZNIKOV = "Korznikov et al. 2026, abstract"
SIMILAR = 0.95
"""Least ratio of variances explained that are similar: own choice."""
PROBING = 0.9
"""Least ratio of sparse-probing scores (the published ones are 0.69 / 0.72 = 0.96): own choice."""
PYTHIA = "Pythia-70m to 6.9b, dictionaries of expansion 64 with k = 32 on 100M tokens"


def _published(name: str, statement: str, source: str, sizes: str) -> Finding:
    return finding((), statement, source)(partial(needs, sizes), id=name)


b3_interpretability = _published(
    "b3_interpretability",
    "Automated interpretability is similar for trained and random Pythia models.",
    HEAP,
    f"{PYTHIA}, and a language model that explains latents",
)
b3_reconstruction = _published(
    "b3_reconstruction",
    "Reconstruction is similar for trained and random Pythia models.",
    HEAP,
    f"{PYTHIA}; an analogue is judged beside it",
)


def _relative(values: xr.DataArray, control: str) -> xr.DataArray:
    return at(values, control=control) / at(values, control="none")


@rungs(
    "Dictionaries explain as much variance of the untrained model with the trained embeddings.",
    HEAP + ANALOGUE,
    ("untrained", "untrained_kept", "gaussian"),
    no_effect=True,
)
def b3_reconstruction_analogue(ds: xr.Dataset) -> Claim:
    explained = 1 - ds["fvu"]
    return above(
        SIMILAR,
        _relative(explained, "untrained_kept"),
        control=("matched Gaussian", _relative(explained, "gaussian")),
        because="ratio of the variances explained; without the trained embeddings "
        f"{float(_relative(explained, 'untrained').mean()):.3f}",
    )


BASELINES = [
    _published(f"b3_baseline_{name}", f"Random baselines are {statement}.", KORZNIKOV, sizes)
    for name, statement, sizes in (
        (
            "interpretability",
            "nearly as interpretable as dictionaries: 0.87 against 0.90",
            "a language model that explains latents",
        ),
        (
            "probing",
            "nearly as good at sparse probing: 0.69 against 0.72",
            "the published language models and probing tasks; an analogue is judged beside it",
        ),
        (
            "editing",
            "as good at causal editing: 0.73 against 0.72",
            "the published language models and editing tasks",
        ),
    )
]


@rungs(
    "With a frozen random decoder the best single latent reads used variables nearly as well.",
    KORZNIKOV + ANALOGUE,
    ("untrained", "frozen_decoder"),
    no_effect=True,
)
def b3_probing_analogue(ds: xr.Dataset) -> Claim:
    probing = at(ds["latent_auroc"], variable=["number", "topic"]).mean("variable")
    frozen, plain = (at(probing, control=name) for name in ("frozen_decoder", "none"))
    return above(
        PROBING,
        _relative(probing, "frozen_decoder"),
        control=("the untrained model", _relative(probing, "untrained")),
        because="ratio of AUROCs, mean over number and topic: "
        f"{float(frozen.mean()):.3f} against {float(plain.mean()):.3f}",
    )
