"""Masks of weights: kept shares, gradients, regrowth, rounds of pruning, and their claims."""

import numpy as np
import pytest
import torch
from study_setup import CONTEXT, smoke_build

from tegum.ledger.findings import collect
from tegum.models.masked import Masked
from tegum.models.two_layer import TwoLayer
from tegum.studies.sparse_training import claims
from tegum.studies.sparse_training.train import masked, tickets
from tegum.studies.sparse_training.world import narrow_masks
from tegum.training.optimisers import EnsembleAdam
from tegum.training.pruning import of_largest, of_neurons, random_mask, regrow

SIZES = {"n_inputs": 4, "width": 6, "n_outputs": 5}


def new(first, second, seeds=(0, 1)):
    return Masked(**SIZES, seeds=list(seeds), encoder_mask=first, decoder_mask=second)


def whole(cells=2):
    return np.ones((cells, 6, 4), bool), np.ones((cells, 5, 6), bool)


def batch(cells=2, seed=0):
    rng = np.random.default_rng(seed)
    shapes = (cells, 7, 4), (cells, 7, 5)
    return tuple(torch.from_numpy(rng.normal(size=s)).float() for s in shapes)


def test_the_largest_entries_are_kept():
    scores = np.array([[3.0, -1.0], [2.0, 5.0]])
    assert of_largest(scores, 2).tolist() == [[True, False], [False, True]]


def test_random_masks_of_one_seed_are_nested_and_of_the_density_asked_for():
    dense, sparse, other = (
        random_mask(s, (40, 20), d, 0) for s, d in ((1, 0.5), (1, 0.1), (2, 0.5))
    )
    assert dense.sum() == 400 and sparse.sum() == 80
    assert not (sparse & ~dense).any() and (dense != other).any()
    assert of_neurons(3, 16, 5).sum() == 5


def test_without_masks_it_is_the_two_layer_model():
    model, plain = new(*whole()), TwoLayer(**SIZES, activation="relu", seeds=[0, 1])
    torch.testing.assert_close(model.loss(batch()), plain.loss(batch()))


def test_masked_weights_are_zero_have_no_gradient_and_stay_zero():
    first, second = whole()
    first[:, :3, :2] = False
    model = new(first, second)
    optimiser = EnsembleAdam(model.parameters(), lr=0.1)
    for step in range(3):
        optimiser.zero_grad()
        model.loss(batch(seed=step)).sum().backward()
        assert model.encoder.grad is not None
        assert not model.encoder.grad[:, :3, :2].any() and model.encoder.grad[:, 4].any()
        optimiser.step()
        model.project()
        assert not model.encoder[:, :3, :2].any()


def trained_a_little():
    first, second = whole()
    first[:, :, :2] = False
    model = new(first, second)
    optimiser = EnsembleAdam(model.parameters(), lr=0.1)
    for step in range(3):
        optimiser.zero_grad()
        model.loss(batch(seed=step)).sum().backward()
        optimiser.step()
        model.project()
    return model, optimiser


def test_regrowth_drops_the_smallest_enables_others_and_forgets_their_moments():
    model, optimiser = trained_a_little()
    before, mask = model.encoder.detach().clone(), model.encoder_mask.clone()
    moments = optimiser.state[model.encoder]["second"].clone()
    regrow(model, optimiser, 0.25, [1], [7], 1)
    after = model.encoder_mask
    assert torch.equal(after[0], mask[0]) and torch.equal(model.encoder[0], before[0])
    assert after[1].sum() == mask[1].sum() == 12
    dropped, grown = mask[1].bool() & ~after[1].bool(), after[1].bool() & ~mask[1].bool()
    assert dropped.sum() == grown.sum() == 3
    kept = mask[1].bool() & after[1].bool()
    assert before[1][dropped].abs().max() <= before[1][kept].abs().min()
    assert not model.encoder[1][dropped | grown].any()
    found = optimiser.state[model.encoder]["second"]
    assert not found[1][dropped | grown].any()
    assert torch.equal(found[1][kept], moments[1][kept])
    assert model.decoder_mask.all()


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("sparse_training")


def test_a_narrow_model_has_as_many_weights_as_the_masked_one(smoke):
    cells = smoke.plan.cells("masked", "train")
    cell = next(c for c in cells if c.params.method == "narrow")
    p, (first, second) = cell.params, narrow_masks(cell, cell.params.mask_density)
    neurons = first.any(1).sum()
    assert (first.sum(), second.sum()) == (neurons * p.n_inputs, neurons * p.n_features)
    free = round(0.5 * p.width * p.n_inputs) + p.width * (p.n_features + 1)
    each = 1 + p.n_inputs + p.n_features
    assert abs(neurons * each - free) <= each / 2


def test_a_cell_does_not_depend_on_its_company(smoke):
    for sweep, stage in (("masked", masked), ("tickets", tickets)):
        cells, rows = smoke.plan.cells(sweep, "train"), smoke.rows(sweep, "train")
        alone = stage.run([cells[-1]], {}, CONTEXT)
        for name in ("loss", "response_sum"):
            np.testing.assert_array_equal(rows[name].values[-1], alone[name].values[0])


def test_rounds_keep_what_is_asked_for_and_begin_alike(smoke):
    ds = smoke.measured["tickets"]
    width, inputs = 16, 4
    kept = np.round(width * inputs * 0.8 ** np.arange(3)) / (width * inputs)
    np.testing.assert_allclose(ds["density"].isel(seed=0, ticket=0), kept)
    start = ds["loss"].isel(round=0)
    assert (start.sel(ticket="found") == start.sel(ticket="shuffled")).all()
    last = ds["loss"].isel(round=-1)
    assert (last.sel(ticket="found") != last.sel(ticket="shuffled")).all()


def test_dense_trainings_of_both_kinds_are_one_training(smoke):
    dense = smoke.measured["dense"]["loss"]
    first = smoke.measured["tickets"]["loss"].sel(ticket="found").isel(round=0)
    np.testing.assert_allclose(dense, first, rtol=1e-6)


def test_masks_are_exact_and_a_leak_would_fail(smoke):
    claim = next(f for f in collect(claims) if f.id == "density")
    assert claim.claim(smoke.measured).verdict == "holds"
    leaky = smoke.measured["dense"].copy(deep=True)
    leaky["leaked"][0] = 0.1
    assert claim.claim({**smoke.measured, "dense": leaky}).verdict == "fails"


def test_every_finding_of_the_science_section_has_a_claim():
    ids = {f.id for f in collect(claims)}
    assert {"m14_fixed", "m14_grow"} <= ids
