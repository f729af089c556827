"""Two-layer ReLU models as flat parameters: encoder, bias, decoder; error and gradient by hand."""

import torch
from torch import Tensor


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
