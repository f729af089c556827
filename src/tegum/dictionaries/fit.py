"""Fit a whole grid of dictionaries on one stream of activations, or on stored ones."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.metrics import recovery
from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import Stream, TensorStream
from tegum.synthetic.draws import Draws
from tegum.training.convergence import Evaluation, fresh_loss
from tegum.training.loop import Loop, Result, prepare_process
from tegum.training.plan import Plan
from tegum.training.recorders import Recorder

RESAMPLE = 101
"""Tag of the draws that pick the inputs which silent latents are set to."""


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
    """Train dictionaries in place on stored activations, without Lightning.

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
    return train_dictionary(dictionary, stream, plan, recorder, keep=keep)


def train_dictionary(
    dictionary: Dictionary,
    stream: Stream,
    plan: Plan,
    recorder: Recorder | None = None,
    *,
    keep: int | None = None,
    resample_at: Sequence[int] = (),
    resample_seeds: Sequence[int] = (),
    truths: Sequence[np.ndarray | None] = (),
) -> Result:
    """Train dictionaries in place on a stream of activations, without Lightning.

    Arguments
    ---------
    resample_at: steps after whose update silent latents are set to inputs of the step's batch, and
        their moments forgotten; for `Standard` dictionaries only.
    resample_seeds: the stream of each cell from which those inputs are picked.
    truths: true directions (feature, input) of each cell that is not padding, where they are known:
        a plan with ``convergence`` then looks at the MCC as well as at the loss.
    """
    prepare_process()
    evaluation = _evaluation(fresh_loss(stream, plan), truths)
    loop = Loop(dictionary, stream, plan, recorder, keep=keep, evaluation=evaluation)
    loop.start()
    for step in sorted(resample_at):
        loop.advance(step + 1, loop.optimiser.step)
        _resample(dictionary, loop, [Draws(seed) for seed in resample_seeds])
    loop.advance(plan.steps, loop.optimiser.step)
    return loop.result()


def _evaluation(loss: Evaluation, truths: Sequence[np.ndarray | None]) -> Evaluation:
    def evaluation(ensemble: Ensemble) -> dict[str, Tensor]:
        assert isinstance(ensemble, Dictionary)
        found = dict(loss(ensemble))
        if truths:
            rows = ensemble.directions().cpu().numpy()
            each = zip(rows, truths, strict=False)
            mcc = [np.nan if t is None else recovery.mcc(recovery.cosines(r, t)) for r, t in each]
            found["mcc"] = torch.tensor(mcc)
        return found

    return evaluation


def _resample(dictionary: Dictionary, loop: Loop, draws: Sequence[Draws]) -> None:
    step = loop.step - 1
    uniform = np.stack([draw.uniform((dictionary.latents,), RESAMPLE, step) for draw in draws])
    candidates = loop.stream.batch(step)[0]
    anew = dictionary.resample(candidates, torch.from_numpy(uniform).to(candidates.device))
    for name in ("encoder", "decoder", "encoder_bias"):
        state = loop.optimiser.state[getattr(dictionary, name)]
        for moment in (state["first"], state["second"]):
            moment.masked_fill_(anew if moment.ndim == 2 else anew[:, :, None], 0.0)


def usual_rate(latents: int) -> float:
    """Adam's learning rate for so many latents: 2e-4 at 2^14, falling with their root.

    The rule of Gao et al. 2024, section A.3.
    """
    return 2e-4 / (latents / 2**14) ** 0.5


def scalar_scale(activations: Tensor) -> Tensor:
    """sqrt(input) / E|x| of each source: (source, sample, input) -> (source,).

    The normalisation of Conerly et al. 2024: scaled inputs have a mean norm of sqrt(input).
    """
    mean_norm = activations.norm(dim=2).mean(1).clamp_(min=1e-12)
    return activations.shape[2] ** 0.5 / mean_norm


def square_scale(activations: Tensor) -> Tensor:
    """1 / sqrt(E|x|^2) of each source: (source, sample, input) -> (source,)."""
    return activations.square().sum(2).mean(1).rsqrt()


def geometric_median(activations: Tensor, iterations: int = 100) -> Tensor:
    """The point of least summed distance: (source, sample, input) -> (source, input).

    By iteratively reweighted least squares (Weiszfeld 1937); where Gao et al. 2024 start the
    decoder's bias: as ``centre``, which every dictionary takes.
    """
    median = activations.mean(1)
    for _ in range(iterations):
        distance = (activations - median[:, None]).norm(dim=2).clamp_(min=1e-6)
        weight = 1 / distance
        median = (weight[:, :, None] * activations).sum(1) / weight.sum(1)[:, None]
    return median
