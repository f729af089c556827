"""The models that compute in the study `toy_superposition`: rows, measures, claims."""

import numpy as np
import pytest
import xarray as xr
from toy_setup import FINDINGS, built, verdict

from tegum.studies.toy_superposition.claims import neurons
from tegum.synthetic.batches import Switched
from tegum.synthetic.signed import SignedStream
from tegum.theory.published_toys import SOLUTIONS

SWEEPS = "abs_small", "abs_large", "abs_start", "abs_warm", "hidden_relu"
P, SEED = "feature_probability", "seed"


@pytest.fixture(scope="module")
def smoke():
    return built("hidden")


@pytest.mark.parametrize("sweep", SWEEPS)
def test_the_kept_model_is_the_restart_of_the_least_loss(smoke, sweep):
    rows = smoke.rows[sweep]
    weight = smoke.cells[sweep][0].params.importance_decay
    importance = weight ** np.arange(rows.sizes["feature"])
    kept = (rows["feature_loss"] * importance).sum("feature")
    np.testing.assert_allclose(kept, rows["restart_loss"].min("restart"), rtol=1e-5)
    assert (kept <= (rows["untrained_feature_loss"] * importance).sum("feature")).all()


@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_row_is_the_loss_of_its_own_weights(smoke, sweep):
    rows = smoke.rows[sweep].isel(cell=0)
    rng = np.random.default_rng(0)
    n = rows.sizes["feature"]
    x = rng.uniform(-1.0 if sweep.startswith("abs") else 0.0, 1.0, (200_000, n))
    x *= rng.uniform(size=x.shape) < smoke.cells[sweep][0].params.feature_probability
    h = np.maximum(x @ rows["encoder"].values.T, 0)
    y = np.maximum(h @ rows["decoder"].values.T + rows["bias"].values, 0)
    error = ((y - np.abs(x)) ** 2).mean(0)
    np.testing.assert_allclose(rows["feature_loss"], error, rtol=0.1)


@pytest.mark.parametrize("sweep", SWEEPS)
def test_the_gains_that_are_kept_are_those_of_the_rows(smoke, sweep):
    rows, ds = smoke.rows[sweep], smoke.measured[sweep]
    for number, cell in enumerate(smoke.cells[sweep]):
        row = rows.isel(cell=number)
        gain = np.abs(row["encoder"].values) * np.maximum(row["decoder"].values.T, 0)
        found = ds["gain"].sel(cell.axes)
        np.testing.assert_allclose(found, gain, rtol=1e-5)


# -- claims ------------------------------------------------------------------------------------


def measured(weights, densities, **more):
    """A measured sweep whose five seeds at each density have the neurons that are given."""
    counts = {k: np.array([w[k] for w in weights], float) for k in weights[0]}
    dims = P, SEED, "control"
    shape = len(densities), 5, 2
    variables = {
        k: (dims, np.broadcast_to(v[:, None, None], shape) * np.array([1.0, 0.0]))
        for k, v in counts.items()
    }
    coords = {P: densities, SEED: range(5), "control": ["none", "permuted"]}
    return xr.Dataset(variables, coords | more)


PUBLISHED = [
    {"n_mono": 5, "n_poly": 0, "n_shared": 0, "distinct_pairs": 0},
    {"n_mono": 3, "n_poly": 2, "n_shared": 3, "distinct_pairs": 0},
    {"n_mono": 2, "n_poly": 3, "n_shared": 5, "distinct_pairs": 0},
    {"n_mono": 1, "n_poly": 4, "n_shared": 6, "distinct_pairs": 0},
    {"n_mono": 0, "n_poly": 5, "n_shared": 8, "distinct_pairs": 0},
    {"n_mono": 0, "n_poly": 5, "n_shared": 10, "distinct_pairs": 1},
]
DENSITIES = [0.7, 0.3, 0.15, 0.12, 0.06, 0.04]


def hidden(weights):
    ds = measured(weights, DENSITIES, restart=[0], hidden=range(5))
    return {s.id: verdict(s.id, hidden_relu=ds) for s in SOLUTIONS}


def test_the_published_solutions_hold_and_each_other_order_of_them_fails():
    assert set(hidden(PUBLISHED).values()) == {"holds"}
    assert set(hidden(PUBLISHED[1:] + PUBLISHED[:1]).values()) == {"fails"}


def test_ten_shared_features_that_are_no_distinct_pairs_are_not_the_sparse_solution():
    last = PUBLISHED[-1] | {"distinct_pairs": 0}
    assert hidden([*PUBLISHED[:-1], last])["t28_pairs"] == "fails"


def test_a_seed_is_judged_at_the_density_at_which_its_own_neurons_are_mixed_most():
    n_mono = np.array([[2] * 5, [4, 0, 2, 0, 4], [0, 3, 4, 2, 0], [2] * 5], float)
    both = np.stack([n_mono, 4 - n_mono], -1)
    ds = xr.Dataset(
        {"n_mono": ((P, SEED, "control"), both), "n_poly": ((P, SEED, "control"), 4 - both)},
        {
            P: [0.01, 0.1, 0.2, 1.0],
            SEED: range(5),
            "control": ["none", "permuted"],
            "hidden": range(4),
        },
    )
    chosen = neurons._mixed_most(ds)
    assert chosen[P].values.tolist() == [0.1, 0.2, 0.1, 0.2, 0.1]
    assert chosen["n_mono"].sel(control="none").values.tolist() == [4, 3, 2, 2, 4]


def test_the_warm_half_of_the_steps_has_denser_features_and_the_rest_has_not():
    p = np.full((8, 4), 0.01)
    warm, rest = (
        SignedStream(seeds=range(8), probabilities=q, batch=1000) for q in (0 * p + 0.5, p)
    )
    both = Switched(warm, rest, 3)
    share = [float((both.batch(step)[0] != 0).float().mean()) for step in (0, 2, 3, 9)]
    np.testing.assert_allclose(share, [0.5, 0.5, 0.01, 0.01], rtol=0.15)


def test_a_start_that_saves_loss_only_where_features_are_sparse_is_a_way_out_of_a_trap():
    loss = np.array([[[0.2] * 5, [0.4, 0.5, 0.4, 0.5, 0.4]], [[0.2] * 5, [0.1] * 5]])
    dims, warm = ("warm_probability", P, SEED), {"warm_probability": [0.0, 0.2]}
    ds = xr.Dataset({"loss_ratio": (dims, loss)}, warm | {P: [0.1, 0.01], SEED: range(5)})
    claim = FINDINGS["t25_trap"].claim({"abs_warm": ds})
    assert claim.verdict == "holds" and claim.control_estimate == 0
    np.testing.assert_allclose(claim.estimate, np.mean([0.75, 0.8, 0.75, 0.8, 0.75]))
