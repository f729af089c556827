"""Language models and classifiers against loops over samples, heads and positions."""

import numpy as np
import pytest
import torch

from tegum.models.classifier import Classifier
from tegum.models.language import LanguageModel
from tegum.synthetic.bits import BitStream


@pytest.fixture(scope="module")
def language():
    sizes = {"n_tokens": 7, "length": 6, "width": 8, "mlp_width": 12, "n_heads": 2, "n_layers": 2}
    return LanguageModel(seeds=[1, 2], **sizes).requires_grad_(False)


def _normal(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def _gelu(x):
    return x * 0.5 * (1 + torch.erf(torch.from_numpy(x) / 2**0.5).numpy())


def _by_loops(model, cell, words):
    get = {n: p[cell].double().numpy() for n, p in model.named_parameters()}
    x = get["embedding"][words] + get["place"][: len(words)]
    for block in range(2):
        q, k, v, o, rise, fall = (get[f"layers.{6 * block + i}"] for i in range(6))
        seen, mixed = _normal(x), np.zeros_like(x)
        for head in (slice(0, 4), slice(4, 8)):
            for t in range(len(words)):
                match = np.array(
                    [seen[t] @ q[:, head] @ (seen[s] @ k[:, head]) for s in range(t + 1)]
                )
                weight = np.exp(match / 2)
                weight /= weight.sum()
                mixed[t, head] = sum(w * (seen[s] @ v[:, head]) for s, w in enumerate(weight))
        x = x + mixed @ o
        x = x + _gelu(_normal(x) @ rise) @ fall
    return x, _normal(x) @ get["unembedding"]


def test_a_language_model_is_its_loops(language):
    words = torch.tensor([[[0, 3, 6, 2, 2]], [[5, 1, 4, 0, 3]]])
    stream = language.residual(words)
    logits = language.logits(stream)
    for cell in range(2):
        x, expected = _by_loops(language, cell, words[cell, 0].numpy())
        np.testing.assert_allclose(stream[cell, 0].numpy(), x, atol=2e-5)
        np.testing.assert_allclose(logits[cell, 0].numpy(), expected, atol=2e-5)


def test_its_loss_is_that_of_the_next_token(language):
    words = torch.tensor([[[0, 3, 6, 2, 2, 1, 0]], [[5, 1, 4, 0, 3, 3, 3]]])
    losses = language.losses(words)
    assert losses.shape == (2, 1, 6)
    for cell in range(2):
        _, logits = _by_loops(language, cell, words[cell, 0, :-1].numpy())
        log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        expected = [-log_p[t, words[cell, 0, t + 1]] for t in range(6)]
        np.testing.assert_allclose(losses[cell, 0].numpy(), expected, atol=2e-5)
    torch.testing.assert_close(language.loss((words,)), losses.mean((1, 2)))


def test_a_classifier_is_two_layers_of_the_default_law():
    model = Classifier(n_inputs=9, width=400, outputs=2, seeds=[4, 5])
    assert model.rise.abs().max() <= 1 / 3 and model.fall.abs().max() <= 1 / 20
    assert model.rise.std().item() == pytest.approx(1 / 3 / 3**0.5, rel=0.05)
    x = torch.rand(2, 3, 9)
    for cell in range(2):
        w1, b1, w2, b2 = (p[cell] for p in model.parameters())
        expected = (x[cell] @ w1.T + b1).clamp(min=0) @ w2.T + b2
        torch.testing.assert_close(model.logits(model.hidden(x))[cell], expected)


def test_bits_have_their_targets_and_their_frequency():
    x, y = BitStream(seeds=[1, 2], n_bits=10, probability=0.3, batch=4000).batch(3)
    assert x.mean().item() == pytest.approx(0.3, abs=0.01)
    assert (y[..., 0] == x[..., 0] * x[..., 1]).all()
    assert (y[..., 1] == x[..., 2] * x[..., 3]).all()
