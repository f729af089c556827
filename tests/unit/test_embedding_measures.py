"""Rows that are learned anew, maps, and errors of dictionaries, on small decoders."""

import numpy as np
import pytest
import torch
from embedding_setup import decoder, section, trained

from tegum.dictionaries.outputs import Outputs
from tegum.dictionaries.quality import Coded
from tegum.errors import TegumError
from tegum.experiment.cell import Cell, SweepView
from tegum.metrics.crossings import half_life
from tegum.metrics.perturbations import divergence
from tegum.metrics.planes import neighbours_of_class, pca_plane, silhouette, umap_plane
from tegum.models.continued import Continued, stream_behind
from tegum.models.one_row import OneRow
from tegum.models.transformer import normalised
from tegum.studies.embedding.measure import errors, maps, relearning
from tegum.studies.embedding.params import Errors, Maps, Relearning, Train
from tegum.studies.embedding.single_rows import chosen, random_row
from tegum.synthetic.around import AroundTokens

TRAIN = Train(width=8, mlp_width=16, n_heads=2, context=5)
TEXT = torch.from_numpy(np.random.default_rng(0).integers(0, 20, 3000))
HELD_OUT = torch.from_numpy(np.random.default_rng(1).integers(0, 20, (40, 6)))
QUICK = Relearning(relearned=3, row_steps=5, row_batch=2)


def test_half_lives_in_closed_form():
    steps = np.array([0, 1, 2, 4, 8, 16])
    assert half_life(steps, 10.0 - steps / 2) == pytest.approx(10.0)
    curves = np.stack([8.0 - steps, 8.0 - 0.1 * steps, -1.0 - steps, 0.0 * steps])
    found = half_life(steps, curves)
    assert found[0] == pytest.approx(4.0)
    assert np.isnan(found[1:]).all()
    assert half_life([0, 2, 6], [1.0, 0.8, 0.2]) == pytest.approx(4.0)


def test_windows_around_a_token_hold_it_where_it_is_read():
    stream = AroundTokens(TEXT, [3, 7, 3], seed=5, batch=6, length=5)
    (batch,) = stream.batch(4)
    assert batch.shape == (3, 6, 5)
    for words, token in zip(batch, (3, 7, 3), strict=True):
        assert (words[:, :-1] == token).any(1).all()
    assert (batch[0] == batch[2]).all() and (stream.batch(4)[0] == batch).all()
    pieces = {tuple(TEXT[i : i + 5].tolist()) for i in range(len(TEXT) - 4)}
    assert all(tuple(words.tolist()) in pieces for words in batch.flatten(0, 1))
    firsts = torch.cat([stream.batch(s)[0][0] for s in range(200)])
    places = (firsts[:, :-1] == 3).float().mean(0)
    assert places.min() > 0.2  # a token stands anywhere
    with pytest.raises(TegumError, match=r"tokens \[20\] are not read"):
        AroundTokens(TEXT, [1, 20], 0, 1, 5)
    with pytest.raises(TegumError, match="a window 9000"):
        AroundTokens(TEXT, [1], 0, 1, 9000)


def test_with_the_old_row_a_model_is_what_it_was():
    model = decoder().requires_grad_(False)
    tokens, words = [4, 9], HELD_OUT[None].expand(2, -1, -1)
    same = OneRow(model, tokens, model.embedding[0][tokens])
    torch.testing.assert_close(same.losses(words)[1], model.losses(HELD_OUT[None])[0])
    # Another row is what the model says with that row in its embedding.
    other = OneRow(model, tokens, torch.ones(2, 8))
    model.embedding[0, 9] = 1.0
    torch.testing.assert_close(other.losses(words)[1], model.losses(HELD_OUT[None])[0])


def test_only_the_row_learns():
    model = decoder().requires_grad_(False)
    ensemble = OneRow(model, [4, 9], torch.ones(2, 8))
    assert [n for n, p in ensemble.named_parameters() if p.requires_grad] == ["row"]
    before = {name: p.clone() for name, p in model.named_parameters()}
    (words,) = AroundTokens(TEXT, [4, 9], 0, 3, 6).batch(0)
    ensemble.loss((words,)).sum().backward()
    assert ensemble.row.grad is not None and (ensemble.row.grad.norm(dim=1) > 0).all()
    found = relearning.relearn(
        model, [4, 9], np.ones((2, 8), np.float32), source(), HELD_OUT, QUICK, TRAIN
    )
    assert (np.linalg.norm(found["row"][:, -1] - 1.0, axis=1) > 0.05).all()
    assert all((p == before[name]).all() for name, p in model.named_parameters())


def source():
    return relearning.AroundText(TEXT, 3)


def test_a_row_that_was_not_replaced_costs_nothing():
    model = decoder().requires_grad_(False)
    tokens = [4, 9, 11]
    old = model.embedding[0][tokens].numpy()
    found = relearning.relearn(model, tokens, old, source(), HELD_OUT, QUICK, TRAIN)
    assert found["increase"].shape == found["overall"].shape == (3, 5)
    assert (found["increase"][:, 0] == 0).all() and (found["overall"][:, 0] == 0).all()
    random = np.random.default_rng(0).standard_normal(old.shape).astype(np.float32)
    other = relearning.relearn(model, tokens, random, source(), HELD_OUT, QUICK, TRAIN)
    assert (np.abs(other["increase"][:, 0]) > 1e-4).all()
    # Overall means all positions of all windows, by brute force.
    with torch.no_grad():
        before = model.loss((HELD_OUT[None],))
        model.embedding[0, 9] = torch.from_numpy(random[1])
        after = model.loss((HELD_OUT[None],))
    assert other["overall"][1, 0] == pytest.approx(float(after - before), abs=1e-5)


def test_looks_at_powers_of_two():
    assert relearning.looks(96) == [1, 2, 4, 8, 16, 32, 64, 96]
    assert relearning.looks(4) == [1, 2, 4]


def test_cosines_with_the_old_row_and_with_others():
    rows = np.random.default_rng(0).standard_normal((30, 6))
    words = [3, 8]
    old, other = relearning.beside(rows, words, rows[[3, 7]][:, None])
    assert old.shape == other.shape == (2, 1)
    assert old[0, 0] == pytest.approx(1.0) and other[0, 0] < 0.999
    assert old[1, 0] < 0.999 and other[1, 0] == pytest.approx(1.0)


def test_tokens_whose_rows_are_replaced():
    words = torch.tensor([[0, 1, 1, 2, 5], [1, 0, 2, 1, 5], [0, 2, 1, 3, 5]])
    frequency = np.array([0.2, 0.5, 0.25, 0.04, 0.0, 0.01])
    assert chosen(words, frequency, 3, 3).tolist() == [1, 2, 0]
    assert chosen(words, frequency, 2, 1).tolist() == [1, 3]
    assert len(chosen(words, frequency, 2, 9)) == 0
    row = random_row(np.array([3.0, 0.0, 4.0]), np.random.default_rng(0))
    assert np.linalg.norm(row) == pytest.approx(5.0) and abs(row[1]) > 1e-3


def test_a_continued_pass_is_the_whole_one():
    model = decoder().requires_grad_(False)
    words = HELD_OUT[:, :-1]
    whole = model.logits(model.residual(words[None]))[0, :, -1]
    for block in (1, 2):
        said = Continued(model, words, block)
        torch.testing.assert_close(said.logits(), whole, atol=1e-5, rtol=0)
        nothing = said.logits(torch.zeros(len(words), 8))
        assert divergence(said.logits(), nothing).max() == 0.0
        assert (said.activations() == stream_behind(model, words, block)[:, -1]).all()
    for block in (0, 3):
        with pytest.raises(TegumError, match=f"block is {block} of 3"):
            Continued(model, words, block)


def test_a_change_that_only_the_unembedding_reads():
    model = decoder().requires_grad_(False)
    for matrix in list(model.layers)[12:]:  # of the last block, which then adds nothing
        matrix.zero_()
    said = Continued(model, HELD_OUT[:, :-1], 2)
    change = torch.randn(len(HELD_OUT), 8, generator=torch.Generator().manual_seed(0))
    by_hand = normalised(said.activations() + change) @ model.unembedding[0]
    torch.testing.assert_close(said.logits(change), by_hand, atol=1e-5, rtol=0)


def test_errors_of_no_length_change_nothing():
    model = decoder().requires_grad_(False)
    said = Continued(model, HELD_OUT[:, :-1], 1)
    x = said.activations().numpy()
    outputs = Outputs(x, errors._logits(said), HELD_OUT[:, -1].numpy())
    perfect = Coded(np.ones((len(x), 3)), x, np.eye(3, 8))
    found = outputs.substituted(perfect, x.mean(0), np.ones((9, 8)), 0)
    assert (np.abs(found["kl"][:-1]) < 1e-9).all() and found["kl"][-1] > 0
    assert (np.abs(found["loss"][:-1]) < 1e-5).all()
    off = Coded(perfect.codes, x + 0.1, perfect.directions)
    assert (outputs.substituted(off, x.mean(0), np.ones((9, 8)), 0)["kl"] > 0).all()


def test_clusters_are_seen_where_they_are():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((120, 10))
    classes = np.arange(120) % 5
    planted = maps.clustered(rows, classes, 0)
    points = {n: umap_plane(r, 10, 50, 0) for n, r in (("planted", planted), ("noise", rows))}
    assert (umap_plane(planted, 10, 50, 0) == points["planted"]).all()
    share = {name: neighbours_of_class(p, classes, 5) for name, p in points.items()}
    assert share["planted"] > 0.95 and share["noise"] < 0.4
    clear = {name: silhouette(p, 5, 0) for name, p in points.items()}
    assert clear["planted"] > clear["noise"] + 0.2


def test_neighbours_and_silhouettes_in_closed_form():
    line = np.array([[0.0, 0.0], [1.0, 0.0], [10.0, 0.0], [11.0, 0.0]])
    assert neighbours_of_class(line, [0, 0, 1, 1], 1) == 1.0
    assert neighbours_of_class(line, [0, 1, 0, 1], 1) == 0.0
    # Within a pair the distance is 1, to the other pair 10.5 or 9.5 in the mean.
    assert silhouette(line, 2, 0) == pytest.approx(1 - (1 / 10.5 + 1 / 9.5) / 2)
    np.testing.assert_allclose(np.abs(pca_plane(line)[:, 0]), [5.5, 4.5, 4.5, 5.5], atol=1e-9)


MEASURES = {
    "relearning": (relearning, Relearning(relearned=2, row_steps=4, row_batch=2, least_count=2)),
    "maps": (maps, Maps(neighbours=5, epochs=5)),
    "errors": (
        errors,
        Errors(
            latents=16,
            k=2,
            block=1,
            dictionary_steps=4,
            dictionary_batch=8,
            sequences=16,
            samples=8,
            first_position=2,
            distances=3,
        ),
    ),
}


def measured(given):
    rows, upstream = trained(given, n_layers=2)
    found = {}
    for name, (module, params) in MEASURES.items():
        cell = Cell("embedding", "measure", {"seed": 0}, params, upstream)
        found[name] = module.by_cell(SweepView(name, {"seed": [0]}, params, (cell,)), rows)
    return found


def test_measures_of_a_small_decoder():
    found = measured(section())
    rows, planes, outputs = found["relearning"], found["maps"], found["errors"]
    first = rows["increase"].isel(look=0)
    assert (first.sel(text="own") == first.sel(text="shuffled")).all()
    assert rows["step"].values.tolist() == [0, 1, 2, 4]
    assert (rows["row_frequency"].diff("row") <= 0).all()
    assert np.isfinite(planes["point"]).all()
    assert (planes["class_share"].sel(matrix="clusters", plane="umap") > 0.8).all()
    lengths = outputs["length"].isel(cell=0).values
    np.testing.assert_allclose(lengths[:5], lengths[0], rtol=1e-4)
    assert np.isfinite(outputs["kl"]).all() and (outputs["kl"] > 0).all()
    assert (outputs["line_kl"].isel(distance=0) == 0).all()
    for ds in found.values():
        assert (ds["available"] == 1).all() and np.isfinite(ds["loss_change"]).all()


def test_without_the_text_nothing_is_measured():
    for name, ds in measured(section(sha256="0" * 64)).items():
        assert not ds["available"].any()
        for variable in {"increase", "point", "kl"} & set(ds):
            assert np.isnan(ds[variable]).all(), name


def test_where_no_token_is_read_often_no_row_is_learned_anew():
    rows, upstream = trained(section())
    params = Relearning(relearned=2, row_steps=4, least_count=10**6)
    cell = Cell("embedding", "measure", {"seed": 0}, params, upstream)
    ds = relearning.by_cell(SweepView("relearning", {"seed": [0]}, params, (cell,)), rows)
    assert (ds["available"] == 1).all() and np.isnan(ds["increase"]).all()
