"""Classifiers of independent bits."""

from collections.abc import Sequence

from tegum.models.classifier import Classifier
from tegum.studies.model_or_dataset.params import TrainClassifier
from tegum.synthetic.bits import TARGETS, BitStream

AT_ONCE = 512
"""Samples of the evaluation set."""


def new_model(params: TrainClassifier, seeds: Sequence[int]) -> Classifier:
    """Untrained models, one per init stream."""
    sizes = {"n_inputs": params.n_bits, "width": params.width, "outputs": len(TARGETS)}
    return Classifier(**sizes, seeds=seeds)


def stream(params: TrainClassifier, seeds: Sequence[int], batch: int, device: str) -> BitStream:
    """Batches of models with these data streams."""
    return BitStream(
        seeds=seeds,
        n_bits=params.n_bits,
        probability=params.bit_probability,
        batch=batch,
        device=device,
    )
