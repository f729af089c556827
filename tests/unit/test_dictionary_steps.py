"""What a step of a dictionary is made of: gradients of the encoder, selection, masks."""

import pytest
import torch

from tegum.dictionaries.base import above, fires, kth_largest
from tegum.dictionaries.registry import ARCHITECTURES, build
from tegum.dictionaries.topk import TopK


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_gradients_of_the_pre_activations_are_those_of_autograd(name):
    options = {"prefixes": (4, 9)} if name == "matryoshka" else {}
    sparsity = 3 if name in ("topk", "batchtopk", "matryoshka") else 0.1
    dictionary = build(name, sparsity=sparsity, n_inputs=5, latents=9, seeds=[1, 2], **options)
    x, weights = drawn(2, 7, 5).requires_grad_(), drawn(2, 7, 9, seed=1)
    own = (dictionary.decoder_bias, dictionary.encoder, dictionary.encoder_bias)
    found = torch.autograd.grad((dictionary._pre_activations(x) * weights).sum(), (x, *own))
    bias, encoder, offset = (p.detach().double().requires_grad_() for p in own)
    exact = x.detach().double().requires_grad_()
    before = torch.einsum("csi,cli->csl", exact - bias[:, None], encoder) + offset[:, None]
    expected = torch.autograd.grad((before * weights).sum(), (exact, bias, encoder, offset))
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one.double(), other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("k", [[1, 1], [3, 3], [2, 9]])
def test_the_kth_largest_is_found_for_each_cell(k):
    values = drawn(2, 6, 9)
    found = kth_largest(values, torch.tensor(k))
    for cell in range(2):
        ordered = values[cell].sort(dim=1, descending=True).values
        assert torch.equal(found[cell, :, 0], ordered[:, k[cell] - 1])


def test_topk_keeps_the_positive_ones_of_the_k_largest_and_what_ties_with_the_last():
    dictionary = TopK(n_inputs=2, latents=5, k=2, seeds=[1])
    before = torch.tensor([[[3.0, 1.0, 2.0, 2.0, -1.0], [-3.0, 1.0, 0.0, -2.0, -1.0]]])
    expected = [[[3.0, 0.0, 2.0, 2.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]]]
    assert torch.equal(dictionary.sparsify(before), torch.tensor(expected))


def test_masks_are_one_where_the_comparison_holds():
    values, bound = drawn(2, 6, 9), drawn(2, 1, 9, seed=1)
    assert torch.equal(above(values, bound), (values > bound).float())
    assert torch.equal(fires(values, bound), ((values >= bound) & (values > 0)).float())
    assert torch.equal(fires(values, values), (values > 0).float())
