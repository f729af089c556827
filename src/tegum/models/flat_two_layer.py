"""Two-layer ReLU models as flat parameters: encoder, bias, decoder; error and gradient by hand."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.floating]


def forward(weights: list[Tensor], inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Hidden activations and outputs of models (model, ...) of the same inputs."""
    encoder, bias, decoder = weights
    hidden = torch.baddbmm(
        bias[:, None], inputs.expand(len(encoder), -1, -1), encoder.transpose(1, 2)
    ).relu_()
    return hidden, torch.bmm(hidden, decoder.transpose(1, 2))


def error_and_slope(
    flat: Tensor, like: list[Tensor], inputs: Tensor, features: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean squared error of models, flat (model, parameter), and its gradient."""
    sizes = [w.numel() for w in like]
    weights = [
        part.reshape(-1, *w.shape) for part, w in zip(flat.split(sizes, 1), like, strict=True)
    ]
    hidden, outputs = forward(weights, inputs[None])
    residual = outputs - features
    slope = residual * (2.0 / len(inputs))
    back = torch.bmm(slope, weights[2]) * (hidden > 0)
    slopes = [
        torch.matmul(back.transpose(1, 2), inputs),
        back.sum(1),
        torch.bmm(slope.transpose(1, 2), hidden),
    ]
    return residual.square().sum((1, 2)) / len(inputs), torch.cat([s.flatten(1) for s in slopes], 1)


class Likelihood:
    """Mean negative log-likelihood of a model on samples, above that of its own weights, by batch.

    An output's noise has the variance that the model leaves. Gradients have the model's own as a
    control variate: of a batch only what differs from its gradient there is taken, and the gradient
    there of all samples is added, so that batches add little noise near it. Source: Baker et al.
    2019, "Control variates for stochastic gradient MCMC" (arXiv 1706.05439).

    Args:
        weights: encoder (hidden, input), bias (hidden,), decoder (output, hidden).
        inputs: (sample, input).
        features: the targets, (sample, output).
        batch: samples of a call; has to divide their number.
    """

    def __init__(self, weights: list[Tensor], inputs: Tensor, features: Tensor, batch: int) -> None:
        self._weights, self._batches = weights, len(inputs) // batch
        self._inputs, self._features = inputs.split(batch), features.split(batch)
        self._start = torch.cat([w.ravel() for w in weights])[None]
        own = [self._error_and_slope(self._start, number) for number in range(self._batches)]
        self._errors, self._slopes = (torch.cat(parts) for parts in zip(*own, strict=True))
        self._slope = self._slopes.mean(0)
        self.error = float(self._errors.mean())
        """Squared error of a sample."""
        self._scale = features.shape[1] / (2.0 * self.error)
        self._hidden = forward([w[None] for w in weights], inputs[None])[0][0]
        self._squares = inputs.square()

    @property
    def start(self) -> Array:
        """The flat weights, (1, parameter)."""
        return self._start.numpy()

    @property
    def curvature(self) -> Array:
        """Diagonal of the Gauss-Newton approximation of the Hessian, (1, parameter)."""
        _, _, decoder = self._weights
        reach, active = decoder.square().sum(0), (self._hidden > 0).float()
        encoder = reach[:, None] * (active.T @ self._squares) / len(active)
        squares = self._hidden.square().mean(0).expand_as(decoder)
        parts = [encoder.ravel(), reach * active.mean(0), squares.reshape(-1)]
        return 2.0 * self._scale * torch.cat(parts).numpy()[None]

    def __call__(self, flat: Array, number: int) -> tuple[Array, Array]:
        """Losses (1, chain) at parameters (1, chain, parameter), and gradients; batches in turn."""
        batch = number % self._batches
        errors, slopes = self._error_and_slope(torch.from_numpy(flat[0]), batch)
        slopes += self._slope - self._slopes[batch]
        errors = errors - self._errors[batch]
        return self._scale * errors.numpy()[None], self._scale * slopes.numpy()[None]

    def _error_and_slope(self, flat: Tensor, batch: int) -> tuple[Tensor, Tensor]:
        return error_and_slope(flat, self._weights, self._inputs[batch], self._features[batch])
