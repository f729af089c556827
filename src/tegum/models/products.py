"""The products of a dictionary's step with its parameters, where codes are sparse and where not.

Codes are (cell, sample, latent), the decoder's and the encoder's rows (cell, latent, input). On a
CPU compiled loops skip the codes that are 0; on other devices, in double precision, and where the
dictionary does not promise sparse codes, torch multiplies the matrices.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor


def skips(codes: Tensor) -> bool:
    """Whether there are loops for such codes."""
    return codes.device.type == "cpu" and codes.dtype == torch.float32


def decoded(offset: Tensor, codes: Tensor, decoder: Tensor, *, sparse: bool) -> Tensor:
    """offset + codes decoder, (cell, sample, input).

    Args:
        offset: (cell, sample, input).
        sparse: whether most codes are 0, and stay so wherever the gradient of these leads: it is
            then left at 0, as a mask behind which they lie would make it.
    """
    if sparse and skips(codes):
        return _Decode.apply(offset, codes, decoder)  # pyright: ignore
    return torch.baddbmm(offset, codes, decoder)


def encoded(
    scaled: Tensor, centre: Tensor, encoder: Tensor, bias: Tensor, *, sparse: bool
) -> Tensor:
    """encoder (scaled - centre) + bias, (cell, sample, latent).

    Args:
        scaled: (cell, sample, input).
        centre: (cell, input).
        bias: (cell, latent).
        sparse: whether the gradient that comes back is sparse.
    """
    return _Encode.apply(scaled, centre, encoder, bias, sparse)  # pyright: ignore


def _places(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from tegum.kernels import sparse

    places = np.empty(codes.shape, np.int32)
    counts = np.empty(codes.shape[:2], np.int32)
    sparse.nonzero(codes, places, counts)
    return places, counts


class _Decode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, offset: Tensor, codes: Tensor, decoder: Tensor) -> Tensor:
        from tegum.kernels import sparse

        made = offset.detach().clone(memory_format=torch.contiguous_format)
        values, rows = codes.detach().contiguous(), decoder.detach().contiguous()
        ctx.places, ctx.counts = places, counts = _places(values.numpy())
        ctx.save_for_backward(values, rows)
        sparse.add_decoded(values.numpy(), places, counts, rows.numpy(), made.numpy())
        return made

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        from tegum.kernels import sparse

        values, rows = ctx.saved_tensors
        places, counts = ctx.places, ctx.counts
        vectors = gradient.contiguous()
        to_codes, to_decoder = torch.zeros_like(values), torch.zeros_like(rows)
        sparse.projections(places, counts, rows.numpy(), vectors.numpy(), to_codes.numpy())
        sparse.add_products(values.numpy(), places, counts, vectors.numpy(), to_decoder.numpy())
        return gradient, to_codes, to_decoder


class _Encode(torch.autograd.Function):
    """Sums the gradient over samples before it goes back through the encoder to the centre.

    Autograd does so afterwards, for which it needs a sixth product of matrices in a training step.
    """

    @staticmethod
    def forward(
        ctx: Any, scaled: Tensor, centre: Tensor, encoder: Tensor, bias: Tensor, sparse: bool
    ) -> Tensor:
        centred = scaled - centre[:, None, :]
        ctx.save_for_backward(centred, encoder)
        ctx.sparse = sparse and skips(centred)
        return torch.baddbmm(bias[:, None, :], centred, encoder.transpose(1, 2))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        centred, encoder = ctx.saved_tensors
        summed = gradient.sum(1)
        to_scaled = torch.bmm(gradient, encoder) if ctx.needs_input_grad[0] else None
        to_centre = -torch.bmm(summed[:, None, :], encoder)[:, 0]
        if ctx.sparse:
            from tegum.kernels import sparse

            values, to_encoder = gradient.contiguous().numpy(), torch.zeros_like(encoder)
            places, counts = _places(values)
            sparse.add_products(values, places, counts, centred.numpy(), to_encoder.numpy())
        else:
            to_encoder = torch.bmm(gradient.transpose(1, 2), centred)
        return to_scaled, to_centre, to_encoder, summed, None
