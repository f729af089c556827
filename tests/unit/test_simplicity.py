"""The study `simplicity`: complexity, functions, regions, thresholds and chains."""

from itertools import product

import numpy as np
import pytest
import torch
import xarray as xr
from study_setup import smoke_build

from tegum.errors import TegumError
from tegum.experiment.cell import Cell
from tegum.experiment.together import together
from tegum.ledger.findings import judged
from tegum.metrics.complexity import complexity, words
from tegum.metrics.learning_coefficient import (
    gelman_rubin,
    inverse_temperature,
    langevin,
    newton_scales,
)
from tegum.metrics.simplicity_bias import measured, simple_functions
from tegum.models import normal_crossing
from tegum.models.flat_two_layer import Likelihood, error_and_slope
from tegum.models.linear_network import layers
from tegum.models.two_layer import TwoLayer
from tegum.studies.simplicity import claims
from tegum.studies.simplicity.measure import linear, solutions
from tegum.studies.simplicity.params import Chains, Linear, Solutions
from tegum.synthetic.functions import ARCHITECTURES, counted, counts_of, drawn, inputs, juntas
from tegum.theory import learning_coefficient as theory
from tegum.theory.regions import BELOW, CORNERS, LANGUAGES, SHAPES, free_bits, named_bits, volume

SIZES = {"n_bits": 4, "width": 6, "weight_scale": 1.0, "bias_scale": 0.3}


def parsed(text: str) -> list[str]:
    """Lempel and Ziv's words, as their paper says it: letter by letter, with substring search."""
    found, start = [], 0
    while start < len(text):
        end = start + 1
        while end <= len(text) and text[start:end] in text[: end - 1]:
            end += 1
        found.append(text[start:end])
        start = end
    return found


def test_words_are_those_of_a_search_through_substrings():
    rng = np.random.default_rng(0)
    strings = rng.random((200, 32)) < rng.random((200, 1))
    texts = ["".join("01"[int(b)] for b in row) for row in strings]
    assert words(strings).tolist() == [len(parsed(text)) for text in texts]


def test_the_published_example_is_parsed_as_published():
    text = "0001101001000101"
    assert parsed(text) == ["0", "001", "10", "100", "1000", "101"]
    assert words(np.array([[c == "1" for c in text]])).tolist() == [6]


def test_constants_are_the_simplest():
    strings = np.zeros((3, 128), bool)
    strings[1] = True
    strings[2, 77] = True
    found = complexity(strings)
    assert found[:2].tolist() == [7.0, 7.0] and found[2] > 14


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_functions_do_not_depend_on_how_many_are_drawn_after_them(architecture):
    few = drawn(architecture, 1024, 3, **SIZES)
    many = drawn(architecture, 1100, 3, **SIZES)
    assert few.shape == (1024, 16) and (many[:1024] == few).all()


def test_counting_finds_every_function_once():
    strings = drawn("perceptron", 500, 1, **SIZES)
    functions, counts = counted(strings)
    assert counts.sum() == 500 and len(np.unique(functions, axis=0)) == len(functions)
    assert (np.diff(counts) <= 0).all()
    for function, count in zip(functions, counts, strict=True):
        assert (strings == function).all(1).sum() == count
    assert counts_of(np.zeros((1, 16), bool), functions, counts)[0] == (strings.sum(1) == 0).sum()


def test_juntas_read_no_more_bits_than_they_may():
    found = juntas(4, 2)
    points = inputs(4).astype(int)
    for function in found:
        reads = [
            any(function[p] != function[p ^ (8 >> bit)] for p in range(len(points)))
            for bit in range(4)
        ]
        assert sum(reads) <= 2
    # 2 constants, 2 * 4 of one bit, 10 of both bits of each of 6 pairs.
    assert len(found) == 2 + 8 + 60


def test_no_perceptron_draws_a_parity():
    parity = (inputs(4)[:, :2].sum(1) % 2 == 1)[None]
    functions, counts = counted(drawn("perceptron", 4000, 0, **SIZES))
    assert counts_of(parity, functions, counts)[0] == 0


def test_simple_functions_are_simple_and_not_constant():
    simple, each = simple_functions(4, 14.0)
    assert len(simple) and (each <= 14.0).all() and simple.any(1).all() and (~simple).any(1).all()


def test_draws_are_counted_by_hand():
    rows = ["0" * 8] * 6 + ["1" * 8] * 3 + ["00001111"] * 2 + ["01100110"]
    drew = np.array([[c == "1" for c in row] for row in rows])
    found = measured(drew, simple_functions(3, 14.0), 2, 4.0, 5, np.random.default_rng(0))
    assert (found["constant_0"], found["constant_1"]) == (6 / 12, 3 / 12)
    assert found["next_most"] == 2 / 12 and found["n_frequent"] == 1
    assert found["prob"][:4] == pytest.approx([6 / 12, 3 / 12, 2 / 12, 1 / 12])
    assert np.isnan(found["prob"][4]) and found["span"] == pytest.approx(np.log2(6 / 2))
    each = complexity(drew[[9, 11]])
    assert found["mean_complexity"] == pytest.approx((2 * each[0] + each[1]) / 3)


@pytest.mark.parametrize("shape", SHAPES)
def test_volumes_are_those_of_points_that_are_in_the_region(shape):
    w, rng = 0.125, np.random.default_rng(0)
    x, y = rng.random((2, 400_000))
    inside = {
        "strip": (y >= BELOW) & (y <= BELOW + w),
        "diagonal": np.abs(x - y) <= w / 2**0.5,
        "arc": ((x**2 + y**2) <= 1) & (x**2 + y**2 >= (1 - w) ** 2),
        "crossing": x * y <= w,
    }
    for name, corners in CORNERS.items():
        each = [(x >= c) & (x <= c + w) & (y >= c) & (y <= c + w) for c in corners]
        inside[name] = np.any(each, axis=0)
    assert inside[shape].mean() == pytest.approx(volume(shape, w), rel=0.03)


@pytest.mark.parametrize(("shape", "language"), list(product(SHAPES, LANGUAGES)))
def test_no_language_beats_the_volume_and_none_of_the_larger_loses(shape, language):
    for w in (0.25, 0.03):
        bits = free_bits(shape, language, w)
        assert bits >= np.log2(1 / volume(shape, w)) - 1e-9
        assert bits <= free_bits(shape, "squares", w) + 1e-9


def test_turned_cells_cannot_be_searched():
    with pytest.raises(ValueError, match="squares or rectangles"):
        named_bits("arc", "turned", 0.1)


def test_a_chain_of_scalars_has_the_threshold_of_a_normal_crossing():
    for depth in range(2, 6):
        assert theory.deep_linear([1] * (depth + 1), 0) == pytest.approx(0.5)
    assert theory.crossing([1, 1, 1]) == (0.5, 3)


def test_the_threshold_of_a_full_rank_is_half_the_dimension_of_the_maps():
    for widths in ([4, 4, 4], [5, 3, 5], [6, 3, 4, 5]):
        rank = min(widths)
        # Maps of a rank r from m to n have r (m + n - r) dimensions.
        expected = rank * (widths[0] + widths[-1] - rank) / 2
        assert theory.deep_linear(widths, rank) == pytest.approx(expected)


def test_an_expected_loss_is_that_of_draws_from_its_density():
    a, b, n_beta, pull = 3.0, 0.4, 20.0, 2.0
    rng = np.random.default_rng(0)
    w = rng.standard_normal((2_000_000, 2)) / pull**0.5
    f = w[:, 0] * w[:, 1] ** 2
    loss = n_beta * (a * f**2 / 2 - b * f)
    weight = np.exp(-loss)
    expected = (weight * loss).sum() / weight.sum()
    found = theory.expected_crossing((1, 2), a, b, n_beta, pull)
    assert found == pytest.approx(expected, abs=0.005)


def test_small_steps_have_the_expected_loss_of_the_density():
    args = 3.0, 0.4, 50.0, 2.0
    exact = theory.expected_crossing((0, 1), *args)
    assert theory.discretised_quadratic(*args, 1e-7) == pytest.approx(exact, abs=1e-4)
    assert theory.discretised_quadratic(1.0, 0.0, 100.0, 0.0, 0.01) == pytest.approx(1 / 1.5)


def test_chains_on_a_quadratic_have_the_law_of_their_steps():
    step, n_beta, size = 0.005, 100.0, 3
    found = langevin(
        lambda w, _: (np.square(w).sum(-1) / 2, w),
        np.zeros((2, size)),
        [1, 2],
        Chains(chains=8, draws=4000, burn_in=200, step_size=step, localisation=1e-12),
        n_beta,
    )
    law = size * theory.discretised_quadratic(1.0, 0.0, n_beta, 0.0, step)
    assert (n_beta * found.mean((1, 2))).tolist() == pytest.approx([law, law], rel=0.05)
    assert gelman_rubin(found).max() < 1.02


def test_a_chain_does_not_depend_on_its_neighbours():
    def run(seeds):
        return langevin(
            lambda w, _: (np.square(w).sum(-1), 2 * w),
            np.zeros((len(seeds), 2)),
            seeds,
            Chains(chains=2, draws=300, burn_in=0, step_size=0.01, localisation=1.0),
            inverse_temperature(50),
        )

    assert (run([7, 8])[1] == run([8])[0]).all()


@pytest.mark.parametrize("start", ["truth", "fitted"])
def test_linear_networks_start_at_the_truth_or_at_its_best_fit(start):
    params = Linear(network="5-3-4/2", start=start, samples=400)
    best, moments, flat = linear._problem(Cell("simplicity", "measure", {"seed": 1}, params))
    first, second = layers(flat, [5, 3, 4])

    def loss(found):
        return np.trace((found - best) @ moments @ (found - best).T)

    here = loss(second @ first)
    rng = np.random.default_rng(0)
    near = []
    for _ in range(200):
        apart = [0.05 * rng.standard_normal(layer.shape) for layer in (first, second)]
        near.append(loss((second + apart[1]) @ (first + apart[0])))
    if start == "fitted":
        assert min(near) > here
        assert np.linalg.matrix_rank(second @ first) == 3
    else:
        assert np.linalg.svd(second @ first)[1] == pytest.approx([1, 1, 0, 0], abs=1e-12)


def test_gradients_of_a_model_are_those_of_its_own_loss():
    model = TwoLayer(n_inputs=3, width=5, n_outputs=4, activation="relu", seeds=[1, 2])
    weights = [model.encoder, model.bias, model.decoder]
    rng = np.random.default_rng(0)
    x, y = (torch.from_numpy(rng.random((7, n), np.float32)) for n in (3, 4))
    loss = model.loss((x.expand(2, -1, -1), y.expand(2, -1, -1)))
    loss.sum().backward()
    flat = torch.cat([w.detach().flatten(1) for w in weights], 1)
    expected = torch.cat([w.grad.flatten(1) for w in weights if w.grad is not None], 1)
    found, slopes = error_and_slope(flat, [w[0].detach() for w in weights], x, y)
    torch.testing.assert_close(found, loss.detach())
    torch.testing.assert_close(slopes, expected)


def two_layer(samples=40):
    """A likelihood of a random model, and the function of flat weights that it stands for."""
    rng = np.random.default_rng(0)
    shapes = (5, 3), (5,), (4, 5)
    weights = [torch.from_numpy(rng.standard_normal(s).astype(np.float32)) for s in shapes]
    x, y = (torch.from_numpy(rng.random((samples, n), np.float32)) for n in (3, 4))
    likelihood = Likelihood(weights, x, y, batch=10)

    def loss(flat):
        first, bias, second = (
            part.reshape(w.shape) for part, w in zip(flat.split([15, 5, 20]), weights, strict=True)
        )
        outputs = torch.relu(x @ first.T + bias) @ second.T
        return (outputs - y).square().sum(1).mean() * 4 / (2 * likelihood.error)

    return likelihood, loss


def test_the_gradient_of_a_normal_crossing_is_that_of_differences():
    rng = np.random.default_rng(0)
    powers = np.array([[0, 1], [1, 1], [1, 2], [2, 2]])
    weights, about = rng.standard_normal((4, 3, 2)), (rng.random(4) + 1, rng.random(4))
    slope = normal_crossing.loss_and_slope(weights, powers, *about)[1]
    for k in range(2):
        step = 1e-6 * np.eye(2)[k]
        up, down = (
            normal_crossing.loss_and_slope(weights + s, powers, *about)[0] for s in (step, -step)
        )
        np.testing.assert_allclose(slope[..., k], (up - down) / 2e-6, rtol=1e-5, atol=1e-6)


def test_cells_that_run_together_get_their_own_values_in_their_own_order():
    cells = [
        Cell("simplicity", "measure", {}, Chains(samples=n, draws=d))
        for n, d in ((10, 5), (20, 7), (11, 5))
    ]
    asked = []

    def estimate(group):
        asked.append(len(group))
        return [{"n": c.params.samples, "draws": c.params.draws} for c in group]

    found = together(cells, estimate, samples=3)
    assert found == {"n": [10, 20, 11], "draws": [5, 7, 5]} and sorted(asked) == [1, 2]


def test_batches_of_a_likelihood_are_unbiased_and_have_no_noise_at_the_start():
    likelihood, loss = two_layer()
    start = torch.from_numpy(likelihood.start[0])
    rng = np.random.default_rng(1)
    moved = start + 0.1 * torch.from_numpy(rng.standard_normal(40).astype(np.float32))
    at_start = [likelihood(start.numpy()[None, None], batch) for batch in range(4)]
    slope = torch.autograd.functional.jacobian(loss, start).numpy()
    for found, slopes in at_start:
        assert found == 0.0
        np.testing.assert_allclose(slopes[0, 0], slope, atol=1e-5)
    found, slopes = zip(*(likelihood(moved.numpy()[None, None], b) for b in range(4)), strict=True)
    assert np.mean(found) == pytest.approx(float(loss(moved) - loss(start)), abs=1e-5)
    expected = torch.autograd.functional.jacobian(loss, moved).numpy()
    np.testing.assert_allclose(np.mean(slopes, 0)[0, 0], expected, atol=1e-4)


def test_the_curvature_of_a_likelihood_is_that_of_its_squared_outputs():
    likelihood, loss = two_layer()
    # Where residuals vanish the Hessian is Gauss and Newton's: each output is linear in a weight.
    start = torch.from_numpy(likelihood.start[0])
    hessian = torch.autograd.functional.hessian(loss, start).diagonal().numpy()
    decoder = slice(20, 40)
    np.testing.assert_allclose(likelihood.curvature[0][decoder], hessian[decoder], rtol=1e-4)
    np.testing.assert_allclose(likelihood.curvature[0], hessian, rtol=1e-3)


def test_scales_change_the_speed_of_chains_and_not_what_they_sample():
    stiff = np.array([1.0, 100.0])
    n_beta, pull = 50.0, 2.0
    how = Chains(chains=100, draws=6000, burn_in=500, step_size=0.05, localisation=pull)
    found = langevin(
        lambda w, _: ((stiff * np.square(w)).sum(-1) / 2, stiff * w),
        np.zeros((1, 2)),
        [3],
        how,
        n_beta,
        newton_scales(stiff[None], n_beta, pull),
    )
    # Each parameter has the law of the same step, since all are equally stiff.
    law = sum(n_beta * k / (n_beta * k + pull) for k in stiff) / (2 - how.step_size / 2)
    assert n_beta * found.mean() == pytest.approx(law, rel=0.03)


def test_a_missing_model_is_named():
    models = xr.Dataset(coords={"seed": ("cell", [0]), "bias_offset": ("cell", [0.0])})
    cell = Cell("simplicity", "measure", {"seed": 3}, Solutions(bias_offset=0.0))
    with pytest.raises(TegumError, match="0 models of seed 3"):
        solutions._row(cell, models)


@pytest.mark.parametrize(
    ("section", "values", "told"),
    [
        (Linear, {"network": "5-3-5/4"}, "layer of 3"),
        (Solutions, {"samples": 100, "batch": 64}, "no multiple of batch"),
    ],
)
def test_parameters_that_do_not_fit_are_told(section, values, told):
    with pytest.raises(ValueError, match=told):
        section(**values)


def test_the_study_at_smoke_scale():
    built = smoke_build("simplicity")
    found = {c.id: c for c in judged("simplicity", "smoke", claims, built.measured)}
    for name in ("bits_of_cells", "bits_of_strips", "bits_of_unions", "rlct_formulas"):
        assert found[f"simplicity.{name}"].verdict == "holds", found[f"simplicity.{name}"]
    table = built.measured["architectures"].sel(architecture="lookup")
    assert (table["mean_complexity"] > 0.8 * table["random_complexity"]).all()
    chains = built.measured["solutions"]
    assert np.isfinite(chains["llc"]).all() and (chains["half_parameters"] > 0).all()
