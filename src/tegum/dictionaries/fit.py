"""Fit a whole grid of dictionaries on stored activations."""

from collections.abc import Sequence

from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.synthetic.stream import TensorStream
from tegum.training.loop import Loop, Result
from tegum.training.plan import Plan
from tegum.training.recorders import Recorder


def fit_dictionary(
    dictionary: Dictionary,
    activations: Tensor,
    source: Sequence[int],
    seeds: Sequence[int],
    plan: Plan,
    batch: int,
    recorder: Recorder | None = None,
    *,
    keep: int | None = None,
) -> Result:
    """Train dictionaries in place, without Lightning.

    Arguments
    ---------
    dictionary: of as many cells as ``source`` and ``seeds``, a multiple of 8 (``plan.padded``).
    activations: (source, sample, input).
    source: the row of ``activations`` that each cell is fitted to.
    seeds: the data stream of each cell, from which its minibatches are drawn.
    batch: samples in a minibatch.
    keep: how many of the first cells are not padding.
    """
    stream = TensorStream(activations, source, seeds, batch)
    return Loop(dictionary, stream, plan, recorder, keep=keep).run()


def scalar_scale(activations: Tensor) -> Tensor:
    """sqrt(input) / E|x| of each source: (source, sample, input) -> (source,).

    The normalisation of Conerly et al. 2024: scaled inputs have a mean norm of sqrt(input).
    """
    mean_norm = activations.norm(dim=2).mean(1).clamp_(min=1e-12)
    return activations.shape[2] ** 0.5 / mean_norm
