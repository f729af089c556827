"""Hidden states of contrast pairs: a text that is read once gives what reading it twice gives."""

import numpy as np
import pytest
import torch

pytest.importorskip("transformers", reason="make .venv/models installs transformers")

from tegum.errors import TegumError
from tegum.interop.models import pairs
from tegum.interop.models.pairs import pair_states
from tegum.interop.models.tiny import NAMES, tiny

pytestmark = pytest.mark.filterwarnings("default")  # of transformers and its parts
PREFIXES = ["a town", "a town by the river", "it rains", "so it goes on and on", "a city"]
ENDS = (" true", " false")


@pytest.fixture(params=NAMES)
def model(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tiny(request.param)


def test_members_are_what_the_model_says_of_the_whole_text(model):
    found = pair_states(model, PREFIXES, ENDS, [0, 1])
    for hook in list(model.capture(np.ones((1, 1), int), [0, 1])):
        for end, states in zip(ENDS, found.sides(hook), strict=True):
            for prefix, state in zip(PREFIXES, states, strict=True):
                coded = model.tokenizer(prefix + end)
                last = np.flatnonzero(np.array(coded["special_tokens_mask"]) == 0)[-1]
                seen = model.capture(np.array([coded["input_ids"]]), [hook])[hook][0, last]
                np.testing.assert_allclose(state, seen, rtol=1e-4, atol=1e-5)
    assert not np.allclose(*found.sides(hook))
    (first,) = model.capture(np.ones((1, 1), int), [0])
    alone = pair_states(model, PREFIXES, ENDS, [0])
    for one, other in zip(found.sides(first), alone.sides(first), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_margin_is_the_difference_of_the_next_token_s_logits(model):
    found = pair_states(model, PREFIXES, ENDS, [0, 1])
    earlier = pair_states(model, PREFIXES, ENDS, [0])  # the last block is not run
    assert np.isnan(earlier.margin).all()
    if not model.causal:
        assert np.isnan(found.margin).all()
        return
    yes, no = (model.tokenizer(e)["input_ids"][0] for e in ENDS)
    for prefix, margin in zip(PREFIXES, found.margin, strict=True):
        logits = model.logits(prefix)[0, -1]
        assert margin == pytest.approx(float(logits[yes] - logits[no]), abs=1e-5)


def test_a_killed_reading_goes_on_and_a_finished_one_reads_nothing(model, tmp_path, monkeypatch):
    monkeypatch.setattr(pairs, "PART", 2)
    whole = pair_states(model, PREFIXES, ENDS, [1])
    hook = next(iter(model.capture(np.ones((1, 1), int), [1])))
    expected = whole.sides(hook)
    assert whole.computed > 0 and pair_states(model, PREFIXES, ENDS, [1]).computed == 0

    name = "_causal" if model.causal else "_bidirectional"
    reader, calls = getattr(pairs, name), []

    def dies(*given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return reader(*given)

    (tmp_path / "again").mkdir()
    monkeypatch.chdir(tmp_path / "again")
    monkeypatch.setattr(pairs, name, dies)
    with pytest.raises(KeyboardInterrupt):
        pair_states(model, PREFIXES, ENDS, [1])
    again = pair_states(model, PREFIXES, ENDS, [1])
    assert len(calls) == 4 and 0 < again.computed < whole.computed
    for one, other in zip(expected, again.sides(hook), strict=True):
        np.testing.assert_array_equal(one, other)


def test_states_that_other_code_made_are_made_anew(model, monkeypatch):
    first = pair_states(model, PREFIXES, ENDS, [0])
    monkeypatch.setattr(pairs, "made_by", lambda: {"code": "other"})
    again = pair_states(model, PREFIXES, ENDS, [0])
    assert again.computed == first.computed > 0 and again.folder != first.folder


def test_what_cannot_be_read_is_told(model):
    with pytest.raises(TegumError, match="no pair"):
        pair_states(model, [], ENDS, [0])
    if model.causal:
        with pytest.raises(TegumError, match="not one token each"):
            pair_states(model, PREFIXES, (" not true", " false"), [0])


def test_tiny_models_are_the_same_each_time_and_leave_the_generator_alone(model):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    assert tiny(model.name).digest == model.digest
    assert torch.rand(1) == expected
