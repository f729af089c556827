"""Models aligned, paths between them, and models that are pulled, pushed and joined by curves."""

from itertools import permutations

import numpy as np
import pytest
import torch
import xarray as xr
from study_setup import CONTEXT, smoke_build

from tegum.ledger.findings import collect, judged
from tegum.metrics import alignment, connectivity
from tegum.metrics.monosemanticity import coverage, monosemantic, selectivity
from tegum.metrics.two_layer import Weights, counts, losses, outputs
from tegum.models.tethered import Curve, Pulled, Repelled
from tegum.studies.basins import claims, train
from tegum.studies.basins.claims.moves import least_strength
from tegum.studies.basins.params import Train
from tegum.synthetic.batches import FullBatch
from tegum.synthetic.positions import WithPosition


def model(seed, hidden=6, inputs=3, features=5):
    rng = np.random.default_rng(seed)
    return Weights(
        rng.normal(size=(hidden, inputs)),
        rng.normal(size=hidden),
        rng.normal(size=(features, hidden)),
    )


def data(seed=9, samples=50, inputs=3, features=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(samples, inputs)), rng.normal(size=(samples, features))


def copy_of(weights, seed=1):
    rng = np.random.default_rng(seed)
    scale = np.exp(rng.uniform(-2, 2, weights.bias.size))
    order = rng.permutation(weights.bias.size)
    return alignment.permuted(alignment.rescaled(weights, scale), order)


def test_outputs_and_losses_are_those_of_a_loop_over_neurons():
    weights, (x, y) = model(0), data()
    expected = np.zeros_like(y)
    for sample, point in enumerate(x):
        for j in range(weights.bias.size):
            hidden = max(0.0, float(weights.encoder[j] @ point + weights.bias[j]))
            expected[sample] += weights.decoder[:, j] * hidden
    np.testing.assert_allclose(outputs(weights, x), expected, atol=1e-12)
    error = ((expected - y) ** 2).sum() / len(x)
    assert losses(weights, x, y) == pytest.approx(error, rel=1e-12)
    two = Weights(*(np.stack([a, b]) for a, b in zip(weights, model(1), strict=True)))
    np.testing.assert_allclose(losses(two, x, y)[0], error, rtol=1e-12)


def test_counts_are_those_of_the_labelled_metric():
    weights = Weights(*(np.stack([a, b]) for a, b in zip(model(2), model(3), strict=True)))
    embedding = np.random.default_rng(0).normal(size=(3, 5))
    found = counts(weights, embedding, 0.6)
    response = np.maximum(weights.encoder @ embedding + weights.bias[..., None], 0)
    labelled = xr.DataArray(response, dims=("cell", "hidden", "feature"))
    mono = monosemantic(selectivity(labelled.max("feature"), labelled.sum("feature")), [0.6])
    np.testing.assert_allclose(found.mono_per_feature, mono.sum("hidden")[:, 0] / 5)
    served = coverage(mono, labelled.argmax("feature"), 5)[:, 0] / 5
    np.testing.assert_allclose(found.coverage, served)
    assert found.dead_share.tolist() == (response.max(2) == 0).mean(1).tolist()


def test_a_permuted_rescaled_copy_is_the_same_function_and_is_aligned_to_itself():
    weights, (x, _) = model(0), data()
    copy = copy_of(weights)
    np.testing.assert_allclose(outputs(copy, x), outputs(weights, x), atol=1e-12)
    assert alignment.distance(weights, copy) > 1
    back = alignment.aligned(weights, copy)
    assert alignment.distance(alignment.canonical(weights), back) < 1e-12


def test_canonical_neurons_have_unit_input_weights_and_dead_ones_stay():
    weights = model(0)
    weights.encoder[2], weights.bias[2] = 0.0, 0.0
    found = alignment.canonical(weights)
    size = (found.encoder**2).sum(1) + found.bias**2
    np.testing.assert_allclose(np.delete(size, 2), 1.0)
    assert size[2] == 0 and np.isfinite(found.decoder).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_assignment_is_the_nearest_of_all_orders(seed):
    first, second = (alignment.canonical(model(s)) for s in (seed, seed + 10))
    nearest = min(
        alignment.distance(first, alignment.permuted(second, np.array(order)))
        for order in permutations(range(6))
    )
    assert alignment.distance(first, alignment.aligned(first, second)) == pytest.approx(nearest)
    order = alignment.assignment(first, second)
    reached = alignment.agreement(first, second)[np.arange(6), order].sum()
    assert alignment.best_of_all(first, second) == pytest.approx(reached)


def test_paths_start_and_end_at_their_ends_and_a_curve_at_its_control_point_bends():
    a, b, c = model(0), model(1), model(2)
    straight = connectivity.along([a, b], [0.0, 0.25, 1.0])
    np.testing.assert_allclose(straight.encoder[1], 0.75 * a.encoder + 0.25 * b.encoder)
    curve = connectivity.along([a, c, b], [0.0, 0.5, 1.0])
    np.testing.assert_allclose(curve.bias[[0, 2]], [a.bias, b.bias])
    np.testing.assert_allclose(curve.bias[1], (a.bias + 2 * c.bias + b.bias) / 4)


def test_a_barrier_is_measured_above_the_line_between_unequal_ends():
    t = np.linspace(0, 1, 5)
    line, bump = 1 + 2 * t, np.array([0, 0.5, 1, 0.2, 0])
    assert connectivity.relative_barrier(line, t) == pytest.approx(0)
    assert connectivity.relative_barrier(line + bump, t) == pytest.approx(0.5)
    assert connectivity.relative_barrier(line - bump, t) == 0


def test_basins_are_joined_by_chains_of_low_barriers():
    barriers = np.full((4, 4), 1.0)
    for i, j in ((0, 2), (2, 3)):
        barriers[i, j] = barriers[j, i] = 0.01
    assert connectivity.basins(barriers, 0.05).tolist() == [0, 1, 0, 0]


def _parts(*weights):
    return [np.stack(parts) for parts in zip(*weights, strict=True)]


def test_a_pull_adds_the_squared_distance_until_it_is_released():
    a, b, (x, y) = model(0), model(1), data()
    batch = tuple(torch.from_numpy(part[None]).float() for part in (x, y))
    pulled = Pulled(_parts(a), _parts(b), 0.3)
    plain = losses(a, x, y)
    expected = plain + 0.15 * alignment.distance(a, b) ** 2
    assert pulled.loss(batch).item() == pytest.approx(float(expected), rel=1e-5)
    pulled.release()
    assert pulled.loss(batch).item() == pytest.approx(float(plain), rel=1e-5)


@pytest.mark.parametrize(("ceiling", "reached"), [(1e9, True), (1e-9, False)])
def test_a_push_rewards_the_loss_halfway_to_the_origin_up_to_a_ceiling(ceiling, reached):
    a, b, (x, y) = model(0), model(1), data()
    batch = tuple(torch.from_numpy(part[None]).float() for part in (x, y))
    pushed = Repelled(_parts(a), 0.5, [ceiling])
    with torch.no_grad():
        for parameter, value in zip(pushed.parameters(), b, strict=True):
            parameter.copy_(torch.from_numpy(value)[None])
    middle = float(losses(connectivity.along([a, b], [0.5]), x, y)[0])
    reward = 0.5 * (middle if reached else ceiling)
    expected = float(losses(b, x, y)) - reward
    assert pushed.loss(batch).item() == pytest.approx(expected, rel=1e-4)


def test_a_curve_is_judged_where_its_batch_says():
    a, b, (x, y) = model(0), model(1), data()
    curve = Curve(_parts(a, a), _parts(b, b))
    batch = tuple(torch.from_numpy(np.stack([part] * 2)).float() for part in (x, y))
    stream = WithPosition(FullBatch(*batch), [3, 4])
    *_, t = stream.batch(0)
    assert t[0] != t[1] and (stream.batch(1)[2] != t).all()
    middle = Weights(*((p + q) / 2 for p, q in zip(a, b, strict=True)))
    points = [connectivity.along([a, middle, b], [float(p)]) for p in t[:, 0]]
    expected = [float(losses(p, x, y)[0]) for p in points]
    np.testing.assert_allclose(curve.loss((*batch, t)).detach(), expected, rtol=1e-4)


def test_levels_of_noise_start_at_none_and_rise():
    with pytest.raises(ValueError, match="they start at 0 and rise"):
        Train(noise_levels=[0.5, 1.0])


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("basins")


def test_models_of_a_seed_start_alike_and_rows_do_not_depend_on_company(smoke):
    cells = smoke.plan.cells("paths", "train")
    rows = smoke.rows("paths", "train")
    alone = train.run([cells[-1]], {}, CONTEXT)
    for name in ("encoder", "bias", "decoder"):
        np.testing.assert_array_equal(rows[name].values[-1], alone[name].values[0])


def test_a_barrier_is_symmetric_and_a_model_has_none_to_itself(smoke):
    barrier = smoke.measured["paths"]["barrier"].isel(seed=0)
    table = barrier.values.reshape(3, 8, 8)
    np.testing.assert_allclose(table, table.transpose(0, 2, 1), atol=1e-6)
    assert np.abs(np.diagonal(table, axis1=1, axis2=2)).max() == 0


def test_exact_claims_hold_on_any_models(smoke):
    found = {c.id: c.verdict for c in judged("basins", "smoke", claims, smoke.measured)}
    exact = ("ba1", "ba1_barrier", "ba1_assignment")
    assert {found[f"basins.{name}"] for name in exact} == {"holds"}


def test_a_strong_pull_brings_a_model_nearer_to_its_target_than_none(smoke):
    away = smoke.measured["hops"]["distance_target"].sel(moment="pulled", direction="to_mono")
    assert (away.sel(strength=0.1) < away.sel(strength=0.0)).all()


def test_the_least_pull_is_censored_at_both_ends():
    barrier = np.array([[0.0, 0.0, 0.0], [0.9, 0.01, 0.0], [0.9, 0.9, 0.9]])
    ds = xr.Dataset(
        {"barrier_target": (("seed", "strength"), barrier)},
        {"strength": [0.0, 0.01, 0.1], "seed": [0, 1, 2], "direction": "to_mono"},
    ).assign_coords(moment="released")
    found = least_strength(ds, "to_mono")
    np.testing.assert_allclose(found, np.log10([0.001, 0.01, 1.0]))


def test_every_finding_of_the_science_section_has_a_claim():
    ids = {f.id for f in collect(claims)}
    assert {"ba1", "ba2", "ba3_mono", "ba3_poly", "ba4"} <= ids
