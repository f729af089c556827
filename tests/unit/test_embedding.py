import itertools

import numpy as np
import pytest
import torch
from embedding_setup import SMALL, chain, decoder, section, text_of

from tegum.data.files import sha256
from tegum.dictionaries.optimal_directions import pursue_together, sparse_coding
from tegum.dictionaries.pursuit import pursue
from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Context
from tegum.experiment.rooms import load
from tegum.interop.package_text import package_text
from tegum.ledger.findings import judged
from tegum.metrics.layer_reads import CUTS, contributions, read_losses
from tegum.metrics.reconstruction import fvu
from tegum.metrics.spectra import participation_ratio
from tegum.metrics.token_geometry import circle, nearest, same_class
from tegum.studies.embedding import control, decoders, fit
from tegum.studies.embedding.params import Fit, Train
from tegum.studies.embedding.schema import ARMS
from tegum.studies.embedding.token_classes import class_of
from tegum.synthetic.byte_pairs import PIECES, UNKNOWN, Tokenizer, learn
from tegum.synthetic.planted import sparse_rows
from tegum.synthetic.text import TextStream, windows

TEXT = "low low lower lowest newer newest wide wider 10 21\n    low = new[0]\n" * 30


def test_pieces_and_tokens_give_the_text_back():
    assert "".join(PIECES.findall(TEXT)) == TEXT
    coder = learn(TEXT, 36)
    tokens = coder.encode(TEXT)
    assert coder.decode(tokens) == TEXT
    assert tokens.max() < 36 and UNKNOWN not in tokens
    assert len(tokens) < len(TEXT) / 2
    again = Tokenizer(coder.pairs)
    assert (again.encode(TEXT) == tokens).all() and again.texts == coder.texts


def test_the_first_merge_is_the_most_frequent_pair():
    coder = learn(TEXT, 36)
    counts = {}
    for piece in PIECES.findall(TEXT):
        for pair in itertools.pairwise(piece):
            counts[pair] = counts.get(pair, 0) + 1
    first = next(t for t in coder.texts if len(t) == 2)
    assert counts[tuple(first)] == max(counts.values())


def test_merges_are_those_of_counting_anew_each_time():
    pieces = PIECES.findall(TEXT)
    coder = learn(TEXT, 34)
    start = int((coder.pairs[:, 0] < 0).sum())
    for token in range(start, 34):
        before = Tokenizer(coder.pairs[:token])
        counts = {}
        for piece in pieces:
            tokens = before.encode(piece).tolist()
            for pair in itertools.pairwise(tokens):
                counts[pair] = counts.get(pair, 0) + 1
        most = max(counts.values())
        assert tuple(coder.pairs[token]) == min(p for p, c in counts.items() if c == most)


def test_rare_characters_are_unknown_and_too_few_tokens_are_told():
    coder = learn(TEXT + "\N{SNOWMAN}", 34)
    assert coder.encode("\N{SNOWMAN}").tolist() == [UNKNOWN]
    with pytest.raises(TegumError, match="n_tokens is 5"):
        learn(TEXT, 5)
    with pytest.raises(TegumError, match="no pair left"):
        learn("ab " * 30, 60)


def test_windows_of_a_stream_are_pieces_of_the_text():
    tokens = torch.arange(100)
    stream = TextStream(tokens, [3, 4, 3], batch=5, length=8)
    (batch,) = stream.batch(7)
    assert batch.shape == (3, 5, 8)
    assert (batch.diff(dim=2) == 1).all()
    assert (batch[0] == batch[2]).all() and not (batch[0] == batch[1]).all()
    assert (stream.select(1).batch(7)[0] == batch[1:2]).all()
    starts = torch.cat([stream.batch(s)[0][0, :, 0] for s in range(400)])
    assert starts.min() == 0 and starts.max() == 92
    with pytest.raises(TegumError, match="a window 101"):
        TextStream(tokens, [1], 1, 101)
    held = windows(tokens, 4, 10)
    assert held[:, 0].tolist() == [0, 30, 60, 90]
    with pytest.raises(TegumError, match="do not fit"):
        windows(tokens, 11, 10)


def test_the_text_of_a_package_is_known_by_its_digest(tmp_path, monkeypatch):
    folder = tmp_path / "some_package" / "part"
    (folder / "tests").mkdir(parents=True)
    (folder / "b.py").write_text("b = 1\n")
    (folder / "a.py").write_text("a = 1\n")
    (folder / "tests" / "c.py").write_text("c = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = text_of("some_package", "part")
    assert found.texts == ("a = 1\n", "b = 1\n")
    before = sha256(folder / "a.py")
    (folder / "a.py").write_text("a = 2\n")
    assert sha256(folder / "a.py") != before
    assert text_of("some_package", "part").digest != found.digest
    assert package_text("no_such_package", ["part"]) is None


def test_pursuit_of_all_rows_is_that_of_each():
    rng = np.random.default_rng(0)
    atoms = rng.standard_normal((12, 5))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    rows = rng.standard_normal((30, 5))
    for k in (1, 2, 3):
        together = pursue_together(rows, atoms, k)
        np.testing.assert_allclose(together, pursue(rows, atoms, k), atol=1e-6)
        assert ((together != 0).sum(1) == k).all()
    with pytest.raises(TegumError, match="k is 13"):
        pursue_together(rows, atoms, 13)


def test_sparse_rows_are_coded_better_than_gaussian_ones():
    planted = sparse_rows(200, 16, 32, 2, seed=0)
    gaussian = np.random.default_rng(1).standard_normal((200, 16))
    coded, left = sparse_coding(planted, 32, 2, iterations=15, seed=0)
    other = sparse_coding(gaussian, 32, 2, iterations=15, seed=0)[1]
    assert 2 * left < other
    rebuilt = coded.codes @ coded.atoms + planted.mean(0)
    assert left == pytest.approx(fvu(planted, rebuilt), rel=1e-9)
    np.testing.assert_allclose(np.linalg.norm(coded.atoms, axis=1), 1.0)
    with pytest.raises(TegumError, match="fewer atoms than rows"):
        sparse_coding(planted, 200, 2, iterations=1, seed=0)


def test_planted_rows_are_sparse():
    assert np.linalg.matrix_rank(sparse_rows(50, 16, 4, 2, seed=0)) == 4
    assert (sparse_rows(9, 4, 8, 2, seed=1) == sparse_rows(9, 4, 8, 2, seed=1)).all()


def test_participation_ratio_in_closed_form():
    signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]], float)
    assert participation_ratio(signs) == pytest.approx(2.0)
    assert participation_ratio(signs * [1.0, 0.0]) == pytest.approx(1.0)
    assert participation_ratio(signs * [2.0, 1.0] + 5) == pytest.approx(25 / 17)


def test_neighbours_and_their_classes():
    rows = np.array([[1.0, 0.1], [1.0, -0.1], [-1.0, 0.1], [-1.0, -0.1]])
    assert nearest(rows).tolist() == [1, 0, 3, 2]
    assert same_class(rows, [0, 0, 1, 1]) == 1.0
    assert same_class(rows, [0, 1, 0, 1]) == 0.0


def test_a_circle_in_order_and_in_another():
    angles = 2 * np.pi * np.arange(10) / 10
    rows = np.stack([np.cos(angles), np.sin(angles), 0.01 * np.cos(3 * angles)], axis=1)
    found, p, chance = circle(rows, 0)
    assert found == pytest.approx(1.0, abs=1e-3) and p == 1 / 1000 and chance < 0.75
    found, p, _ = circle(rows[::-1], 0)
    assert found == pytest.approx(1.0, abs=1e-3) and p == 1 / 1000
    order = np.random.default_rng(3).permutation(10)
    assert circle(rows[order], 0)[1] > 0.05
    with pytest.raises(TegumError, match="at least 4"):
        circle(rows[:3], 0)


def test_contributions_sum_to_the_stream():
    model, words = decoder(), torch.randint(0, 20, (1, 4, 6))
    parts = contributions(model, words)
    assert len(parts) == 4
    torch.testing.assert_close(sum(parts) + model.place[:, None], model.residual(words))


def test_reads_that_are_cut_by_hand():
    torch.manual_seed(0)
    model, words = decoder(n_layers=1), torch.randint(0, 20, (1, 5, 7))
    loss, losses = read_losses(model, words, "mean", 0)
    assert loss == pytest.approx(float(model.loss((words,)).detach()), abs=1e-5)
    assert losses.shape == (2, 2) and np.isnan(losses[1, 0])
    # The unembedding does not see the block: the stream is the embedding and the mean output.
    parts = contributions(model, words[:, :, :-1])
    stream = parts[0] + model.place[:, None] + parts[1].mean((1, 2), keepdim=True)
    each = torch.nn.functional.cross_entropy(
        model.logits(stream).flatten(0, 2), words[:, :, 1:].flatten()
    )
    assert losses[1, 1] == pytest.approx(float(each.detach()), abs=1e-5)


def test_what_nobody_reads_costs_nothing():
    model, words = decoder(), torch.randint(0, 20, (1, 5, 7))
    with torch.no_grad():
        for matrix in list(model.layers)[6:12]:  # of the second block
            matrix.zero_()
    for cut in CUTS:
        loss, losses = read_losses(model, words, cut, 0)
        # The second block writes nothing, and what it reads does not matter.
        np.testing.assert_allclose(losses[2, 2:], loss, atol=1e-5)
        np.testing.assert_allclose(losses[:2, 1], loss, atol=1e-5)
        assert abs(losses[0, 0] - loss) > 1e-4


def test_embeddings_of_the_arms():
    rows = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)
    random, same, permuted = (control.embedding_of(arm, rows, 7) for arm in ARMS)
    assert (same == rows).all()
    assert not (permuted == rows).all()
    assert sorted(map(tuple, permuted)) == sorted(map(tuple, rows))
    np.testing.assert_allclose(
        np.linalg.norm(random, axis=1), np.linalg.norm(rows, axis=1), rtol=1e-5
    )
    assert np.abs(np.corrcoef(random.ravel(), rows.ravel())[0, 1]) < 0.3


@pytest.mark.parametrize(
    ("text", "kind"), [("7", 0), (" self", 1), ("self", 2), ("\n    ", 3), ("==", 4), (" =", 4)]
)
def test_classes_of_tokens(text, kind):
    assert class_of(text) == kind


def test_a_decoder_learns_and_its_frozen_embedding_is_that_of_the_row():
    given = section()
    rows, arms = chain(given)
    learned = rows["train"]
    loss = learned["evaluation_loss"].values[0]
    assert loss[-1] < loss[0] - 0.3
    assert (arms["evaluation_loss"].isel(checkpoint=-1) < loss[0]).all()
    assert not (learned["embedding"].values[0, 0] == learned["embedding"].values[0, -1]).all()
    # The final weights of a row give the loss that was recorded, computed by another path.
    cell = Train(**SMALL, steps=60, looks=2)
    model = decoders.final_model(cell, 160, learned.isel(cell=0))
    text = decoders.tokens(given, rows["generate"]["pair"].values[0])
    assert text is not None
    words = decoders.evaluated(cell, text[1])
    assert float(model.loss((words[None],))) == pytest.approx(loss[-1], abs=1e-5)
    assert len(text[0]) == int(rows["generate"]["count"].sum())


def test_without_the_text_rows_say_so_and_claims_are_untested():
    rows, arms = chain(section(sha256="0" * 64))
    for found in (*rows.values(), arms):
        assert not found["available"].any()
    assert np.isnan(rows["train"]["evaluation_loss"]).all()
    assert np.isnan(arms["evaluation_loss"]).all()
    coded = fit.run(
        [Cell("embedding", "fit", {"seed": 0}, Fit(n_atoms=8, sparsities=[1, 4], iterations=1))],
        rows,
        Context(progress=False),
    )
    claims = load("embedding", "claims")
    sweeps = ("decoders", "horizon", "relearning", "maps", "errors")
    data = dict.fromkeys(sweeps, coded.rename(cell="seed"))
    for claim in judged("embedding", "laptop", claims, data):
        assert claim.verdict == "inconclusive"
        assert "install the locked packages" in claim.reason


def test_looks_are_ascending_and_end_with_the_last_step():
    for steps, looks in ((960, 5), (640, 1), (16, 2), (8, 6)):
        found = decoders.looks(Train(steps=steps, looks=looks))
        assert found == sorted(set(found)) and found[-1] == steps and found[0] >= 1
