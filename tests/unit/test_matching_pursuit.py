"""Matching pursuit, trained and not: beside a pursuit of one sample at a time, and by its laws."""

import numpy as np
import pytest
import torch

from tegum.dictionaries.fit import train_dictionary
from tegum.dictionaries.matching_pursuit import MatchingPursuit
from tegum.dictionaries.pursuit import pursue, pursue_plainly
from tegum.dictionaries.sections import MatchingPursuitSection
from tegum.dictionaries.study import Stored, fit_all, stored
from tegum.errors import TegumError
from tegum.metrics import recovery
from tegum.synthetic.batches import TensorStream
from tegum.training.plan import Plan

INPUTS, LATENTS = 6, 12


def directions(latents=LATENTS, inputs=INPUTS, seed=0):
    rows = np.random.default_rng(seed).standard_normal((latents, inputs))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def samples(count=40, inputs=INPUTS, seed=1):
    return np.random.default_rng(seed).standard_normal((count, inputs))


def one_by_one(x, rows, k, signed, stops=False):
    """Codes (sample, latent), from the residual of each step; maybe up to the first repetition."""
    codes = np.zeros((len(x), len(rows)))
    for sample, residual in enumerate(np.asarray(x, float).copy()):
        for _ in range(k):
            match = rows @ residual
            best = np.abs(match).argmax() if signed else match.argmax()
            size = match[best] if signed else max(match[best], 0.0)
            again = codes[sample, best] != 0
            codes[sample, best] += size
            residual -= size * rows[best]
            if stops and again:
                break
    return codes


def made(k, rows, bias, dtype=torch.float64, stops=False):
    """A dictionary of one cell for each k, all with the same directions."""
    shape = {"n_inputs": rows.shape[1], "latents": len(rows), "seeds": [0] * len(k)}
    found = MatchingPursuit(k=k, stop_at_repeat=stops, **shape)
    with torch.no_grad():
        found.decoder.copy_(torch.from_numpy(rows))
        found.decoder_bias.copy_(torch.from_numpy(bias))
    return found.to(dtype)


@pytest.mark.parametrize("stops", [False, True])
def test_latents_are_those_of_a_pursuit_of_one_sample_at_a_time(stops):
    rows, x, bias = directions(), samples(), samples(1, seed=2)[0]
    found = made([1, 3, 7], rows, bias, stops=stops).encode(torch.from_numpy(x).expand(3, -1, -1))
    for cell, k in enumerate((1, 3, 7)):
        expected = one_by_one(x - bias, found_rows(rows), k, signed=False, stops=stops)
        np.testing.assert_allclose(found[cell].detach(), expected, atol=1e-6)
        assert ((found[cell] > 0).sum(1) <= k).all()
    whole = one_by_one(x - bias, found_rows(rows), 7, signed=False)
    assert np.array_equal(whole, expected) == (not stops)  # some sample does stop


def found_rows(rows):
    """As single precision holds them."""
    return rows.astype(np.float32).astype(float)


def test_a_latent_may_be_taken_again_and_nothing_is_added_where_nothing_correlates():
    unused = [[0.0, 0.0, 1.0]] * 3
    rows = np.array([[1.0, 0.0, 0.0], [-0.6, 0.8, 0.0], *unused])
    x = torch.tensor([[[1.0, 1.0, -0.1], [-0.5, -1.0, -0.1]]], dtype=torch.float64)
    for k in range(1, 6):
        latents = made([k], rows, np.zeros(3)).encode(x)[0].detach()
        np.testing.assert_allclose(latents, one_by_one(x[0], found_rows(rows), k, False), atol=1e-6)
        assert not latents[1].any()
    assert (latents[0] > 0).sum() == 2 < k


def test_what_rounding_left_does_not_fire():
    rows = directions(8, 8, seed=3)
    rows = np.linalg.qr(rows)[0]
    x = torch.from_numpy(3.0 * rows[[2]] + rows[[5]]).float()[None]
    latents = made([6], rows, np.zeros(8), torch.float32).encode(x)[0, 0]
    assert latents.nonzero().flatten().tolist() == [2, 5]


@pytest.mark.parametrize("stops", [False, True])
def test_gradients_are_those_of_finite_differences(stops):
    dictionary = made([1, 4], directions(), 0.3 * samples(1, seed=2)[0], stops=stops)
    x = torch.from_numpy(samples(7)).expand(2, -1, -1)
    dictionary.loss((x,)).sum().backward()
    generator = torch.Generator().manual_seed(0)
    for parameter in (dictionary.decoder, dictionary.decoder_bias):
        way = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        losses, start = [], parameter.detach().clone()
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                parameter.copy_(start + step * way)
                losses.append(dictionary.loss((x,)).sum().item())
                parameter.copy_(start)
        slope = (losses[0] - losses[1]) / 2e-6
        assert (parameter.grad * way).sum().item() == pytest.approx(slope, rel=1e-5)


def test_loss_and_gradients_of_compiled_products_are_those_of_matrices():
    found = []
    for sparse, dtype in ((True, torch.float32), (False, torch.float32), (True, torch.float64)):
        dictionary = made([2, 4], directions(), 0.3 * samples(1, seed=2)[0], dtype)
        dictionary.sparse = sparse
        loss = dictionary.loss((torch.from_numpy(samples(20)).to(dtype).expand(2, -1, -1),))
        loss.sum().backward()
        grads = (dictionary.decoder.grad, dictionary.decoder_bias.grad)
        found.append([one.double() for one in (loss.detach(), *grads)])
    for one in found[:2]:
        for mine, exact in zip(one, found[2], strict=True):
            torch.testing.assert_close(mine, exact, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("norm", [None, 1.0])
def test_training_recovers_the_directions_of_sparse_data(norm):
    rng = np.random.default_rng(0)
    truth = directions(16, 12, seed=4)
    codes = rng.uniform(0.5, 1.5, (2000, 16)) * (rng.random((2000, 16)) < 0.1)
    x = torch.from_numpy((codes @ truth).astype(np.float32))[None]
    dictionary = MatchingPursuit(n_inputs=12, latents=16, seeds=range(8), k=2, decoder_norm=norm)
    start = [recovery.mcc(recovery.cosines(d.numpy(), truth)) for d in dictionary.directions()]
    stream = TensorStream(x, [0] * 8, range(8), 64)
    train_dictionary(dictionary, stream, Plan(steps=600, learning_rate=0.01))
    end = [recovery.mcc(recovery.cosines(d.numpy(), truth)) for d in dictionary.directions()]
    assert np.mean(start) < 0.6 and np.mean(end) > 0.9
    norms = dictionary.decoder.detach().norm(dim=2)
    assert torch.allclose(norms, torch.ones(8, 16), atol=1e-5) == (norm is None)


def test_norms_and_parts_that_it_has_not_are_refused():
    with pytest.raises(TegumError, match="leave it out: matching pursuit has no encoder"):
        MatchingPursuit(n_inputs=4, latents=6, seeds=[0], k=2, encoder_norm=0.3)
    section = MatchingPursuitSection(dictionary_steps=4, dictionary_batch=16)
    task = Stored(section, 4, 6, 0.01, 0, 1, torch.randn(64, 4), normalised=True)
    with pytest.raises(TegumError, match="MatchingPursuit dictionaries have no encoder to freeze"):
        fit_all([task], stored, "cpu", frozen=["encoder"])


def test_plain_pursuit_is_that_of_one_sample_at_a_time():
    rows, x = directions(), samples()
    for k in (1, 2, 5):
        np.testing.assert_allclose(pursue_plainly(x, rows, k), one_by_one(x, rows, k, signed=True))


def test_each_step_of_plain_pursuit_takes_its_square_from_the_residual():
    rows, x = directions(), samples()
    left = [np.square(x - pursue_plainly(x, rows, k) @ rows).sum(1) for k in range(1, 6)]
    steps = np.diff([pursue_plainly(x, rows, k) for k in range(1, 6)], axis=0)
    for before, after, step in zip(left[:-1], left[1:], steps, strict=True):
        np.testing.assert_allclose(before - after, np.square(step).sum(1), atol=1e-12)


def test_plain_and_orthogonal_pursuit_agree_on_one_entry_and_on_orthonormal_directions():
    rows, x = directions(), samples()
    np.testing.assert_allclose(pursue_plainly(x, rows, 1), pursue(x, rows, 1))
    basis = np.linalg.qr(directions(INPUTS))[0]
    np.testing.assert_allclose(pursue_plainly(x, basis, 3), pursue(x, basis, 3), atol=1e-12)
    plain, fitted = (np.square(x - f(x, rows, 4) @ rows).sum() for f in (pursue_plainly, pursue))
    assert fitted < plain


def test_a_sample_that_fewer_entries_explain_has_no_more():
    basis = np.linalg.qr(directions(INPUTS))[0]
    x = 2.0 * basis[[1]].astype(np.float32) - basis[[4]]
    assert np.flatnonzero(pursue_plainly(x, basis, 5)[0]).tolist() == [1, 4]


@pytest.mark.parametrize("k", [0, -1])
def test_plain_pursuit_needs_a_step(k):
    with pytest.raises(TegumError, match=f"k is {k}; give a number of steps of at least 1"):
        pursue_plainly(samples(), directions(), k)
