"""Tokens of a vocabulary, and what `real_embedding` says of rows whose structure is known."""

import numpy as np
import pytest
import torch
from torch import nn

from tegum.experiment.cell import Cell, Context
from tegum.experiment.rooms import load
from tegum.interop.models.loaded import Model
from tegum.interop.models.vocabulary import embedding, ids_of, words
from tegum.ledger.findings import judged
from tegum.studies.real_embedding import fit
from tegum.studies.real_embedding.claims import SIGNIFICANT
from tegum.studies.real_embedding.params import Fit
from tegum.studies.real_embedding.schema import CONTROLS, SCHEMAS, SEQUENCES, STAGES


class Listed:
    """A tokenizer of a list of tokens, whose longest one at each place is taken."""

    def __init__(self, tokens, mark="Ġ"):
        self.tokens, self.mark = tokens, mark

    def convert_ids_to_tokens(self, ids):
        return [self.tokens[i] for i in ids]

    def __call__(self, text, add_special_tokens=True):
        text, found = text.replace(" ", self.mark), []
        while text:
            known = [t for t in self.tokens if text.startswith(t)]
            token = max(known, key=len) if known else self.tokens[0]
            found.append(self.tokens.index(token))
            text = text[len(token) if known else 1 :]
        return {"input_ids": found}


class Net(nn.Module):
    def __init__(self, rows):
        super().__init__()
        self.table = nn.Embedding.from_pretrained(torch.from_numpy(rows))

    def get_input_embeddings(self):
        return self.table


def model_of(tokens, rows=None):
    rows = np.eye(len(tokens), dtype=np.float32) if rows is None else rows
    return Model("listed", Net(rows), Listed(tokens))


def test_words_are_those_with_the_mark_of_a_space_where_there_is_one():
    tokens = ["?", "Ġthe", "the", "Ġof", "Ġcat", "##s", "ĠCat", "cat", "Ġcats1"]
    assert words(model_of(tokens)).tolist() == [1, 4]
    assert words(model_of(["?", "the", "of", "##cat", "cat"])).tolist() == [1, 4]
    assert embedding(model_of(tokens)).shape == (9, 9)


def test_a_sequence_is_written_in_one_way():
    tokens = ["?", "0", "1", "Ġ", "ĠMonday", "Tuesday", "Monday", "ĠTuesday", "may", "june"]
    model = model_of(tokens)
    assert ids_of(model, ["0", "1"]).tolist() == [1, 2]
    assert ids_of(model, ["Monday", "Tuesday"]).tolist() == [4, 7]
    assert ids_of(model, ["May", "June"]).tolist() == [8, 9]
    assert ids_of(model, ["Monday", "Friday"]) is None


def planted(monkeypatch, seed=0):
    """A model of 200 words and the sequences, in which weekdays alone lie on a circle."""
    rng = np.random.default_rng(seed)
    tokens = ["?", *(f"w{chr(97 + i // 26)}{chr(97 + i % 26)}x" for i in range(200))]
    tokens += [t for s in SEQUENCES.values() for t in s]
    rows = rng.standard_normal((len(tokens), 12)).astype(np.float32)
    angles = 2 * np.pi * np.arange(7) / 7
    for day, angle in zip(SEQUENCES["weekdays"], angles, strict=True):
        rows[tokens.index(day), :2] = 9 * np.cos(angle), 9 * np.sin(angle)
    fit._of.cache_clear()
    monkeypatch.setattr(fit, "available", lambda: True)
    monkeypatch.setattr(fit, "named", lambda name: model_of(tokens, rows))


def rows_of():
    section = Fit(n_rows=120, n_atoms=24, iterations=4, sparsities=[2, 8])
    cells = [Cell("real_embedding", "fit", {"seed": s}, section) for s in range(2)]
    found = fit.run(cells, {}, Context(progress=False))
    fit._of.cache_clear()
    return found


def test_a_planted_circle_is_found_and_gaussian_rows_are_no_sparse_code(monkeypatch):
    planted(monkeypatch)
    found = rows_of()
    SCHEMAS["fit"].validate(found)
    p = found["circle_p"].sel(stage="trained").transpose("cell", "sequence").values
    place = list(SEQUENCES).index("weekdays")
    assert (p[:, place] < SIGNIFICANT).all() and (np.delete(p, place, 1) > SIGNIFICANT).all()
    assert (found["circle_p"].sel(stage="drawn anew") > SIGNIFICANT).all()
    fvu = found["fvu"].sel(l0=2).mean("cell")
    assert float(fvu.sel(control="planted")) < 0.9 * float(fvu.sel(control="none"))
    assert float(fvu.sel(control="gaussian") / fvu.sel(control="none")) == pytest.approx(1, abs=0.1)
    assert found.sizes["control"] == len(CONTROLS) and found.sizes["stage"] == len(STAGES)


def test_without_the_extra_rows_say_so_and_claims_are_untested(monkeypatch):
    monkeypatch.setattr(fit, "available", lambda: False)
    found = rows_of()
    assert not found["available"].any() and np.isnan(found["fvu"]).all()
    models = ["smollm2-135m-instruct", "all-minilm-l6-v2"]
    grid = found.isel(cell=[0, 0]).rename(cell="model").assign_coords(model=models)
    data = {"embeddings": grid.expand_dims(seed=5)}
    found = judged("real_embedding", "laptop", load("real_embedding", "claims"), data)
    assert len(found) == 14
    for claim in found:
        assert claim.verdict == "inconclusive" and "run make .venv/models" in claim.reason
