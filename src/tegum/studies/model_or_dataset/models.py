"""The study's models: new ones, trained ones, and controls on their weights."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from tegum.controls import weights as controls
from tegum.models.classifier import Classifier
from tegum.models.language import LanguageModel
from tegum.studies.model_or_dataset.params import Train
from tegum.synthetic.bits import TARGETS
from tegum.synthetic.corpora import Grammar, Language, grammar

Model = Classifier | LanguageModel
Weights = Mapping[str, np.ndarray]
PREFIX = "weight_"
KEPT = "_kept"
EMBEDDINGS = ("embedding", "place")
"""What a control on weights keeps where its name ends with `KEPT`."""
DRAWN: Mapping[str, Callable] = {
    "matched_normal": controls.matched_normal,
    "permuted": controls.permute_entries,
    "spectrum": controls.matched_spectrum,
}
WEIGHT_CONTROLS = ("untrained", *DRAWN)
"""The untrained model's weights are drawn by its own law of initial weights."""


def rules(params: Train) -> Grammar:
    """The grammar that a language model learns."""
    return grammar(
        Language(
            n_topics=params.n_topics,
            n_nouns=params.n_nouns,
            n_verbs=params.n_verbs,
            n_adjectives=params.n_adjectives,
            n_adverbs=params.n_adverbs,
        )
    )


def new_model(params: Train, seeds: Sequence[int]) -> Model:
    """Untrained models, one per init stream."""
    if params.model == "classifier":
        return Classifier(
            n_inputs=params.n_bits, width=params.width, outputs=len(TARGETS), seeds=seeds
        )
    return LanguageModel(
        n_tokens=rules(params).n_tokens,
        length=params.context,
        width=params.width,
        mlp_width=params.mlp_width,
        n_heads=params.n_heads,
        n_layers=params.n_layers,
        seeds=seeds,
    )


def stored(name: str) -> str:
    """The variable that holds a parameter."""
    return PREFIX + name.replace(".", "_")


def weights_of(params: Train, row: xr.Dataset) -> dict[str, np.ndarray]:
    """A cell's weights by their names in the model."""
    return {name: row[stored(name)].values for name, _ in new_model(params, [0]).named_parameters()}


def model_with(params: Train, weights: Weights, device: str = "cpu") -> Model:
    """A model of one cell with these weights."""
    model = new_model(params, [0])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weights[name])[None])
    return model.requires_grad_(False).to(device)


def controlled(params: Train, weights: Weights, control: str, seed: int) -> Weights:
    """The weights under a control of `WEIGHT_CONTROLS`, whose embeddings may be kept."""
    kind = control.removesuffix(KEPT)
    keep = EMBEDDINGS if control.endswith(KEPT) else ()
    if kind == "untrained":
        fresh = {n: p.detach().numpy()[0] for n, p in new_model(params, [seed]).named_parameters()}
        return fresh | {name: weights[name] for name in keep}
    return controls.control_weights(weights, DRAWN[kind], seed, keep, permute_vectors=True)
