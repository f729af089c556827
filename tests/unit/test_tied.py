"""Tied autoencoders and their data, against one model written out."""

import numpy as np
import pytest
import torch

from tegum.errors import TegumError
from tegum.models.tied import Tied
from tegum.synthetic.quadrature import QuadratureStream
from tegum.synthetic.sets import FeatureStream
from tegum.training.loop import Loop
from tegum.training.plan import Plan, padded

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(3, 5, 2))
IMPORTANCE = RNG.uniform(size=(3, 5))
INPUTS = RNG.uniform(size=(3, 7, 5))


@pytest.mark.parametrize("output", ["linear", "relu"])
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_and_gradients_equal_those_of_separate_models(output, weighted):
    l1 = [0.0, 0.1, 0.3]
    model = Tied(weight=WEIGHT, output=output, importance=IMPORTANCE, l1_hidden=l1)
    chances = RNG.uniform(size=(3, 7)) if weighted else np.full((3, 7), 1 / 7)
    batch = (torch.tensor(INPUTS).float(),)
    found = model.loss((*batch, torch.tensor(chances).float()) if weighted else batch)
    found.sum().backward()
    for cell in range(3):
        w = torch.tensor(WEIGHT[cell], requires_grad=True)
        x, chance = torch.tensor(INPUTS[cell]), torch.tensor(chances[cell])
        y = x @ w @ w.T
        y = torch.relu(y) if output == "relu" else y
        loss = (chance[:, None] * (x - y) ** 2 * torch.tensor(IMPORTANCE[cell])).sum()
        loss = loss + l1[cell] * (chance[:, None] * (x @ w).abs()).sum()
        loss.backward()
        assert found[cell].item() == pytest.approx(loss.item(), rel=1e-5)
        np.testing.assert_allclose(model.weight.grad[cell], w.grad, rtol=1e-4, atol=1e-6)


def test_the_error_leaves_the_penalty_out():
    plain = Tied(weight=WEIGHT, output="relu", importance=IMPORTANCE)
    fined = Tied(weight=WEIGHT, output="relu", importance=IMPORTANCE, l1_hidden=1.0)
    batch = (torch.tensor(INPUTS).float(),)
    assert torch.equal(plain.loss(batch), fined.error(batch))
    assert (fined.loss(batch) > fined.error(batch)).all()


def test_importances_of_another_shape_are_refused():
    with pytest.raises(TegumError, match="importance"):
        Tied(weight=WEIGHT, output="relu", importance=IMPORTANCE[:, :2])


def trained(cells, with_bias=True):
    """Cells are numbers; each has its own density and start."""
    pad = padded(cells)
    chances = np.array([[0.1 + 0.005 * (c % 40)] * 2 for c in pad])
    weight = np.stack([np.random.default_rng(c).normal(size=(2, 1)) for c in pad])
    model = Tied(
        weight=weight, output="relu", importance=np.ones((len(pad), 2)), with_bias=with_bias
    )
    plan = Plan(steps=50, learning_rate=0.03, checkpoints=(49,))
    return Loop(model, QuadratureStream(chances, 20), plan, keep=len(cells)).run()


def test_a_cell_of_a_small_model_is_bitwise_the_same_in_blocks_of_any_length():
    """200 cells of 882 entries are two blocks, the second of them shorter."""
    alone = trained([3])
    for company in (list(range(30)), list(range(200)), [*range(4, 180), 3]):
        found = trained(company)
        at = company.index(3)
        for name in ("weight", "bias"):
            same = found.parameters[name][at].tobytes() == alone.parameters[name][0].tobytes()
            assert same, (name, len(company))


@pytest.mark.parametrize("shape", [(10, 3), (7, 5), (33, 6)])
def test_equal_cells_have_bitwise_equal_gradients_wherever_they_lie_in_memory(shape):
    rng = np.random.default_rng(1)
    weight = np.repeat(rng.normal(size=(1, *shape)), 8, axis=0)
    model = Tied(weight=weight, output="relu", importance=np.ones((8, shape[0])))
    inputs = torch.tensor(rng.uniform(size=(1, 50, shape[0]))).float().repeat(8, 1, 1)
    model.loss((inputs,)).sum().backward()
    assert (model.weight.grad == model.weight.grad[0]).all()


def test_without_a_bias_it_stays_zero():
    found = trained([1, 2], with_bias=False).parameters
    assert np.count_nonzero(found["bias"]) == 0
    assert np.count_nonzero(trained([1, 2]).parameters["bias"]) > 0


def features(correlation, set_size):
    stream = FeatureStream(
        seeds=[1],
        probabilities=np.full((1, 6), 0.2),
        batch=20_000,
        correlation=correlation,
        set_size=set_size,
    )
    return stream.batch(0)[0][0].numpy()


def test_features_of_a_correlated_set_are_on_together_with_independent_values():
    x = features("correlated", 3)
    on = x > 0
    assert (on[:, :3].sum(1) % 3 == 0).all() and (on[:, 3:].sum(1) % 3 == 0).all()
    assert on.mean() == pytest.approx(0.2, abs=0.01)
    both = on[:, 0] & on[:, 3]
    assert both.mean() == pytest.approx(0.04, abs=0.01)
    values = x[on[:, 0], :3]
    assert np.abs(np.corrcoef(values.T) - np.eye(3)).max() < 0.06
    assert values.mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("set_size", [2, 3])
def test_an_anticorrelated_set_has_exactly_one_feature_on_as_often_as_the_set_is(set_size):
    x = features("anticorrelated", set_size)
    on = (x > 0).reshape(len(x), -1, set_size)
    assert on.sum(2).max() == 1
    assert on.any(2).mean() == pytest.approx(0.2, abs=0.01)
    np.testing.assert_allclose(on.mean((0, 1)), 0.2 / set_size, atol=0.01)
    values = x[x > 0]
    assert values.mean() == pytest.approx(0.5, abs=0.02)
    assert values.var() == pytest.approx(1 / 12, abs=0.01)


def test_features_that_fill_no_sets_are_refused():
    with pytest.raises(TegumError, match="set"):
        features("correlated", 4)
