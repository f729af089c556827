"""Langevin chains beside devinterp: draws from the same noise, and a coefficient of its own noise.

Runs where devinterp is installed (`make interop`). Its losses are a mean squared error by default;
here both have the loss that the coefficient is defined for, a mean negative log-likelihood.
"""

import numpy as np
import pytest
import torch

pytest.importorskip("devinterp", reason="make interop installs devinterp")

from devinterp.optim import SGMCMC
from devinterp.utils import default_nbeta

from tegum.metrics.learning_coefficient import BLOCK, inverse_temperature, langevin
from tegum.models.linear_network import loss_and_slope, spread
from tegum.studies.simplicity.params import Chains
from tegum.theory.learning_coefficient import reduced_rank

WIDTHS, RANK, SAMPLES = [5, 3, 5], 1, 1000
STEP, PULL = 6e-4, 1.0
N_BETA = inverse_temperature(SAMPLES)


@pytest.fixture(scope="module")
def problem():
    """Least-squares map, second moments and the truth as flat parameters, unit noise."""
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.standard_normal((5, 5)))[0][:, :RANK] for _ in range(2))
    x = rng.standard_normal((SAMPLES, 5))
    y = x @ (left @ right.T).T + rng.standard_normal((SAMPLES, 5))
    moments = x.T @ x / SAMPLES
    best = np.linalg.solve(moments, x.T @ y / SAMPLES).T
    return best, moments, spread(left, np.ones(RANK), right.T, WIDTHS)


def torch_loss(flat, best, moments):
    """The same excess loss, with torch's own derivative."""
    first, second = flat.split([15, 15])
    apart = second.reshape(5, 3) @ first.reshape(3, 5) - torch.from_numpy(best)
    return torch.trace(apart @ torch.from_numpy(moments) @ apart.T) / 2


def theirs(problem, draws, burn_in=0, generator=None):
    """Losses at the draws of a chain of devinterp's, above that of the start, and its draws."""
    best, moments, start = problem
    flat = torch.nn.Parameter(torch.from_numpy(start.copy()))
    chain = SGMCMC.sgld([flat], lr=STEP, localization=PULL, nbeta=N_BETA)
    losses, places = [], []
    for _ in range(burn_in + draws):
        loss = torch_loss(flat, best, moments)
        losses.append(loss.item())
        places.append(flat.detach().numpy().copy())
        chain.zero_grad()
        loss.backward()
        chain.step(noise_generator=generator)
    return np.array(losses[burn_in:]) - losses[0], np.array(places)


def ours(problem, how, visited=None):
    """Losses at the draws of chains of ours, above that of the start: (chain, draw)."""
    best, moments, start = problem

    def gradient(weights, number):
        if visited is not None:
            visited.append(weights[0].copy())
        return loss_and_slope(weights, WIDTHS, best, moments)

    losses = langevin(gradient, start[None], [7], how, N_BETA)[0]
    return losses - loss_and_slope(start, WIDTHS, best, moments)[0]


def test_the_inverse_temperature_is_theirs_for_a_batch_of_all_samples():
    assert inverse_temperature(SAMPLES) == pytest.approx(default_nbeta(SAMPLES))


def test_draws_are_theirs_where_the_noise_is_the_same(problem, monkeypatch):
    how = Chains(chains=2, draws=200, burn_in=0, step_size=STEP, localisation=PULL)
    visited: list[np.ndarray] = []
    losses = ours(problem, how, visited)
    noise = np.random.default_rng(7).standard_normal((BLOCK, 2, 30), np.float32)[:, 0]
    drawn = iter(torch.from_numpy(noise.astype(float)))
    monkeypatch.setattr(torch, "normal", lambda **_: next(drawn))
    expected, places = theirs(problem, how.draws)
    np.testing.assert_allclose(np.array(visited)[:, 0], places, atol=1e-9)
    np.testing.assert_allclose(losses[0], expected, atol=1e-9)


def test_the_coefficient_is_theirs_within_the_spread_of_chains(problem):
    chains, draws, burn_in = 5, 1500, 500
    how = Chains(chains=chains, draws=draws, burn_in=burn_in, step_size=STEP, localisation=PULL)
    found = N_BETA * ours(problem, how).mean(-1)
    generators = (torch.Generator().manual_seed(seed) for seed in range(chains))
    expected = np.array([N_BETA * theirs(problem, draws, burn_in, g)[0].mean() for g in generators])
    apart = abs(found.mean() - expected.mean())
    assert apart < 3.5 * np.sqrt((found.var(ddof=1) + expected.var(ddof=1)) / chains)
    rlct = reduced_rank(5, 3, 5, RANK)
    for each in (found, expected):  # their own tolerance
        assert each.mean() == pytest.approx(rlct, rel=0.4)
