"""Classifiers of independent bits, and variables that they use or do not use."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from tegum.controls.labels import input_types
from tegum.evidence.bench import Samples
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.models.classifier import Classifier
from tegum.models.weights import device_of
from tegum.studies.model_or_dataset.params import TrainClassifier
from tegum.synthetic.bits import TARGETS, UNUSED, BitStream, bits

AT_ONCE = 512
"""Samples that a model reads at once."""


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


def bits_case(cell: Cell[Section], typed_bits: int, samples: int) -> Samples[Classifier]:
    """Fresh bits with the variables of `tegum.synthetic.bits`.

    Args:
        typed_bits: random bits that make the input's type.
    """
    params: TrainClassifier = cell.upstream["train"]
    x = bits(cell.stream("evaluation"), 1, samples, params.n_bits, params.bit_probability)
    seen = np.random.default_rng(cell.stream("control")).permutation(params.n_bits)
    asked = {name: variable(x) for name, variable in TARGETS.items()}
    return Samples(
        read=partial(_hidden, x),
        outputs=_outputs,
        labels=asked | {name: variable(x) for name, variable in UNUSED.items()},
        types=input_types(x[:, seen[:typed_bits]]),
        targets=np.stack(list(asked.values()), axis=1).astype(float),
    )


def _hidden(x: np.ndarray, model: Classifier) -> np.ndarray:
    parts = torch.from_numpy(x).to(device_of(model)).split(AT_ONCE)
    return torch.cat([model.hidden(part[None].float())[0] for part in parts]).cpu().numpy()


def _outputs(model: Classifier, activations: Tensor) -> Tensor:
    logits = model.logits(activations[None])[0]
    return torch.stack([logits.sigmoid(), logits])
