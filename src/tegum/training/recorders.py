"""What is looked at when a run reaches a checkpoint."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from tegum.metrics.capacity import capacities
from tegum.models.ensemble import Ensemble
from tegum.models.tied import Tied
from tegum.models.two_layer import TwoLayer
from tegum.synthetic.batches import Stream


class Recorder(ABC):
    """Called after the update of each checkpoint step, without gradients."""

    @abstractmethod
    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        """Named tensors (cell, ...), of the same names and shapes at every checkpoint.

        ``loss`` (cell,) is the training loss of the step's batch before the update; it is recorded
        as ``loss`` whatever this returns.
        """


class TwoLayerRecorder(Recorder):
    """State of two-layer models on one fixed evaluation set.

    Records ``loss_evaluation`` (cell,), ``feature_loss`` (cell, output), ``firing_fraction``
    (cell, hidden; share of evaluation samples with h > 0), ``bias`` (cell, hidden), and of the
    responses to one feature at a time ``response_max``, ``response_sum`` and ``response_argmax``
    (cell, hidden).

    Arguments: ``embedding`` (cell, input, feature); ``evaluation``, a batch of inputs and targets.
    """

    def __init__(self, embedding: Tensor, evaluation: tuple[Tensor, Tensor]) -> None:
        self._embedding, self._evaluation = embedding, evaluation

    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        assert isinstance(ensemble, TwoLayer)
        inputs, targets = self._evaluation
        hidden = ensemble.hidden(inputs)
        outputs = torch.bmm(hidden, ensemble.decoder.transpose(1, 2))
        feature_loss = (outputs - targets).square_().mean(1)
        largest, argmax = (responses := ensemble.responses(self._embedding)).max(2)
        return {
            "loss_evaluation": feature_loss.sum(1),
            "feature_loss": feature_loss,
            "firing_fraction": (hidden > 0).float().mean(1),
            "bias": ensemble.bias.detach().clone(),
            "response_max": largest,
            "response_sum": responses.sum(2),
            "response_argmax": argmax,
        }


class TiedRecorder(Recorder):
    """State of tied autoencoders on the first batches of an evaluation stream.

    Records ``evaluation_loss`` (cell,), the mean over these batches, and ``dimensionality`` and
    ``norm`` of each feature's embedding (cell, feature).
    """

    def __init__(self, evaluation: Stream, batches: int) -> None:
        self._evaluation, self._batches = evaluation, batches

    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        assert isinstance(ensemble, Tied)
        batches = (self._evaluation.batch(step) for step in range(self._batches))
        weight = ensemble.weight.detach().cpu().numpy()
        return {
            "evaluation_loss": torch.stack([ensemble.error(b) for b in batches]).mean(0),
            "dimensionality": torch.from_numpy(capacities(weight)),
            "norm": ensemble.weight.norm(dim=2),
        }


class WeightsRecorder(Recorder):
    """Records every parameter under its own name."""

    @torch.no_grad()
    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in ensemble.named_parameters()}
