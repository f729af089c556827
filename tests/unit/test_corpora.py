"""The synthetic language keeps its own rules, and its entropy is that of all paths."""

from itertools import pairwise, product

import numpy as np
import pytest

from tegum.synthetic.corpora import (
    Grammar,
    Language,
    grammar,
    next_token_loss,
    sampled,
)

RULES = grammar(Language())


@pytest.fixture(scope="module")
def corpus():
    tokens, states = sampled(RULES, np.random.default_rng(0).random((2, 800, 33)))
    return [[RULES.words[t].split(".") for t in row] for row in tokens], tokens, states


def test_probabilities_sum_to_one():
    for rows in (RULES.transition, RULES.emission, RULES.start[None]):
        np.testing.assert_allclose(rows.sum(1), 1.0, atol=1e-12)


def test_verbs_agree_with_their_subject_in_number_and_topic(corpus):
    agreed = 0
    for row in corpus[0]:
        subject = None
        for word in row:
            if word[0] == "stop":
                subject = None
            elif word[0] == "noun" and subject is None:
                subject = word[1:3]
            elif word[0] == "verb":
                assert word[1:3] == subject
                agreed += 1
    assert agreed > 1000


def test_digits_count_upwards(corpus):
    counted = 0
    for row in corpus[0]:
        for before, after in pairwise(row):
            if before[0] == after[0] == "digit":
                assert int(after[1]) == (int(before[1]) + 1) % 10
                counted += 1
    assert counted > 500


def test_the_style_of_a_determiner_says_nothing_of_what_follows(corpus):
    _, tokens, _ = corpus
    following = [
        np.bincount(tokens[:, 1:][tokens[:, :-1] == d], minlength=RULES.n_tokens)
        for d in RULES.tokens("determiner")
    ]
    shares = [counts / counts.sum() for counts in following]
    assert np.abs(shares[0] - shares[1]).max() < 0.03


def test_tokens_and_states_are_those_drawn_one_by_one():
    uniform = np.random.default_rng(2).random((2, 20, 9))
    tokens, states = sampled(RULES, uniform)
    for row in range(20):
        law = RULES.start
        for place in range(9):
            state = int((law.cumsum() <= uniform[0, row, place]).sum())
            word = int((RULES.emission[state].cumsum() <= uniform[1, row, place]).sum())
            assert (states[row, place], tokens[row, place]) == (state, word)
            law = RULES.transition[state]


def test_tokens_are_found_by_their_name():
    assert [RULES.words[t] for t in RULES.tokens("determiner")] == ["determiner.0", "determiner.1"]
    assert len(RULES.tokens("noun.0")) == 12
    assert len(RULES.tokens("digit.1")) == 1


def test_the_entropy_is_the_sum_over_all_paths():
    rng = np.random.default_rng(1)
    transition, emission, start = (
        rng.dirichlet(np.ones(size), rows) for size, rows in ((3, 3), (4, 3), (3, 1))
    )
    rules = Grammar(transition, emission, start[0], (("a", 0, 0),) * 3, ("w",) * 4)
    tokens = rng.integers(4, size=(5, 4))

    def probability(words):
        return sum(
            start[0][path[0]]
            * np.prod([emission[s, w] for s, w in zip(path, words, strict=True)])
            * np.prod([transition[a, b] for a, b in pairwise(path)])
            for path in product(range(3), repeat=len(words))
        )

    found = next_token_loss(rules, tokens)
    for row, losses in zip(tokens, found, strict=True):
        for n in range(1, 5):
            before = probability(row[: n - 1]) if n > 1 else 1.0
            assert losses[n - 1] == pytest.approx(-np.log(probability(row[:n]) / before))
