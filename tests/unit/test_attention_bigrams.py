"""The study `attention_bigrams`: its laws against independent computation, its rows at smoke."""

import numpy as np
import pytest
import torch
import xarray as xr
from study_setup import CONTEXT, smoke_build

from tegum.ledger.findings import judged
from tegum.models.score_head import ScoreHead
from tegum.studies.attention_bigrams import claims
from tegum.studies.attention_bigrams import train as stage
from tegum.synthetic.bigrams import BigramStream, distinct, matching, positions, random_bigrams
from tegum.synthetic.draws import Draws
from tegum.theory import attention as theory


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("attention_bigrams")


def test_the_noise_law_is_that_of_explicit_sums():
    """Sums written out pair by pair, over fresh embeddings."""
    m, d, n, s, rng = 100, 60, 600, 3, np.random.default_rng(0)
    found = []
    for _ in range(600):
        phi = rng.standard_normal((m, d)) / np.sqrt(d)
        bigrams = random_bigrams(n, m, int(rng.integers(2**31)))
        key, query = (set(rng.choice(m, s, replace=False).tolist()) for _ in range(2))
        if not any(f in key and g in query for f, g in bigrams):
            k, q = (phi[list(active)].sum(0) for active in (key, query))
            found.append(((phi @ k)[bigrams[:, 0]] * (phi @ q)[bigrams[:, 1]]).sum())
    assert np.var(found) == pytest.approx(theory.noise_variance(n, m, d, s, d, 0), rel=0.2)


def test_a_planted_query_adds_the_noise_of_its_own_bigram():
    """One bigram, whose query end is always active and whose key end never is."""
    d, s, rng = 50, 3, np.random.default_rng(0)
    phi = rng.standard_normal((4000, 2 * s + 1, d)) / np.sqrt(d)
    key, query = phi[:, :s].sum(1), phi[:, s : 2 * s].sum(1)
    found = (key * phi[:, -1]).sum(1) * (phi[:, s] * query).sum(1)
    extra = theory.noise_variance(1, 1000, d, s, d) - theory.noise_variance(1, 1000, d, s, d, 0)
    assert found.var() == pytest.approx(extra, rel=0.2)


def test_the_hit_law_is_that_of_simulated_scores():
    noise, match, n_keys, s, share = 0.2, 0.05, 8, 3, 0.03
    rng = np.random.default_rng(0)
    true = rng.binomial(s * s, share, (100_000, n_keys))
    true[:, 0] = 1 + rng.binomial(s * s - 1, share, len(true))
    best = true == true.max(1, keepdims=True)
    scores = true + rng.standard_normal(true.shape) * np.sqrt(noise + match * true)
    rows = np.arange(len(true))
    hit, chance = theory.hit_rate(noise, match, n_keys, s, share)
    assert hit == pytest.approx(best[rows, scores.argmax(1)].mean(), abs=0.005)
    assert chance == pytest.approx(best.mean(), abs=0.005)
    assert theory.hit_rate(1e-6, 1e-6, n_keys, s, share)[0] == pytest.approx(1.0, abs=1e-6)


def test_a_tied_share_is_that_of_simulated_differences():
    gap = np.abs(np.random.default_rng(0).standard_normal(200_000)) * np.sqrt(0.3)
    expected = [(1 / (1 + np.exp(-beta * gap))).mean() for beta in (0.0, 1.0, 5.0)]
    np.testing.assert_allclose(theory.tie_share([0.0, 1.0, 5.0], 0.3), expected, atol=2e-3)
    np.testing.assert_allclose(theory.tie_share([1e6], 0.3), 1.0, atol=1e-3)


def test_capacity_is_where_the_hit_rate_crosses():
    full = theory.capacity(1000, 128, 3, 64, 16, 0.9)
    rates = [
        theory.hit_rate(
            theory.noise_variance(n, 1000, 128, 3, 64),
            theory.match_variance(128, 3, 64),
            16,
            3,
            n / 1e6,
        )[0]
        for n in (int(0.9 * full), int(1.1 * full))
    ]
    assert rates[0] > 0.9 > rates[1]


def test_the_welch_bound_is_reached_by_a_simplex_and_a_basis():
    simplex = np.eye(4) - 0.25
    unit = simplex / np.linalg.norm(simplex, axis=1, keepdims=True)
    squares = (unit @ unit.T)[np.triu_indices(4, 1)] ** 2
    assert theory.welch(4, 3) == pytest.approx(squares.mean())
    assert theory.welch(3, 3) == theory.welch(2, 3) == 0.0


def test_distinct_features_are_distinct_and_equally_likely():
    drawn = distinct(np.random.default_rng(0).random((60_000, 3), dtype=np.float32), 5)
    assert all(len(set(row)) == 3 for row in drawn[:2000].tolist())
    _, counts = np.unique(np.sort(drawn, axis=1), axis=0, return_counts=True)
    assert len(counts) == 10
    np.testing.assert_allclose(counts / 6000, 1.0, atol=0.06)


def test_a_planted_bigram_holds_where_it_was_planted():
    bigrams = random_bigrams(40, 30, seed=1)
    sizes = {"n_keys": 6, "n_active": 3, "n_features": 30}
    found = positions(Draws(3), 0, bigrams, samples=300, n_planted=2, **sizes)
    true = found.true_scores(bigrams, 30)
    assert (found.planted.sum(1) == 2).all()
    assert (true[found.planted] >= 1).all()
    assert (true[~found.planted] == 0).any()
    assert all(len(set(k)) == 3 for k in found.keys.reshape(-1, 3).tolist())


def test_a_matching_shares_no_feature():
    pairs = matching(8, 20, seed=0)
    assert len(set(pairs.ravel().tolist())) == 16


def test_scores_of_a_head_are_products_of_its_maps():
    model = ScoreHead(n_inputs=5, head=3, seeds=[1, 2])
    keys, query = torch.randn(2, 4, 6, 5), torch.randn(2, 4, 5)
    with torch.no_grad():
        scores = model(keys, query)
        explicit = (keys[1, 2, 3] @ model.key[1].T) @ (query[1, 2] @ model.query[1].T)
    assert scores[1, 2, 3].item() == pytest.approx(explicit.item(), abs=1e-5)


def test_a_frozen_map_keeps_its_draws_and_a_stream_is_that_of_its_seed():
    frozen = ScoreHead(n_inputs=5, head=3, seeds=[1], frozen=True)
    assert [n for n, p in frozen.named_parameters() if p.requires_grad] == ["query"]
    sizes = {
        "n_bigrams": 3,
        "n_features": 8,
        "n_inputs": 4,
        "n_active": 2,
        "n_keys": 3,
        "batch": 5,
    }
    both, alone = (BigramStream(seeds=s, **sizes).batch(7) for s in ([4, 9], [9]))
    for x, y in zip(both, alone, strict=True):
        torch.testing.assert_close(x[1:], y)
    torch.testing.assert_close(both[2].sum(-1), torch.ones(2, 5))


def test_a_cell_does_not_depend_on_its_company(smoke):
    cells = [c for c in smoke.plan.cells("trained", "train") if c.params.head == 4]
    together, alone = (stage.run(c, {}, CONTEXT) for c in (cells, [cells[-1]]))
    xr.testing.assert_identical(together.isel(cell=[-1]), alone)


def test_smoke_rows_are_judged_and_nothing_is_concluded_from_two_seeds(smoke):
    found = judged("attention_bigrams", "smoke", claims, smoke.measured)
    assert {c.verdict for c in found if c.kind == "statistical"} == {"inconclusive"}


def test_without_noise_a_token_alone_is_always_hit(smoke):
    ds = smoke.measured["exclusive"]
    assert (ds.misses == 0).all()
    assert (ds.hit_alone == 1).all()
