"""The study's parts against loops and other packages; its rule on evidence with a known answer."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from sklearn.metrics import roc_auc_score

from tegum.evidence.interventions import Intervention
from tegum.evidence.labels import (
    RANDOM,
    ControlLabels,
    Reader,
    control_labels,
    random_labels,
    read,
)
from tegum.experiment.seeds import stream_seed
from tegum.studies.model_or_dataset import cases, ladder, measure, quality, verdicts
from tegum.studies.model_or_dataset.dictionaries import FROZEN, fitted
from tegum.studies.model_or_dataset.models import (
    EMBEDDINGS,
    WEIGHT_CONTROLS,
    controlled,
    model_with,
    new_model,
    rules,
)
from tegum.studies.model_or_dataset.params import LADDER, Control, Fit, Train

LANGUAGE = Train(model="language", context=16, width=8, mlp_width=8, n_heads=2)


@dataclass
class OneCell:
    seed: int = 0
    params: Any = None
    upstream: dict = field(default_factory=dict)

    def stream(self, purpose):
        return stream_seed("model_or_dataset", purpose, seed=self.seed)


def weights(params, seed=3):
    return {n: p.detach().numpy()[0] for n, p in new_model(params, [seed]).named_parameters()}


def test_every_rung_says_what_it_changes():
    assert set(ladder.FAMILIES) == set(LADDER)


@pytest.mark.parametrize("control", WEIGHT_CONTROLS)
def test_controls_on_weights_keep_the_embeddings_where_they_say_so(control):
    own = weights(LANGUAGE)
    changed = controlled(LANGUAGE, own, control, 5)
    kept = controlled(LANGUAGE, own, f"{control}_kept", 5)
    for name, weight in own.items():
        assert (changed[name] != weight).any()
        expected = weight if name in EMBEDDINGS else changed[name]
        np.testing.assert_array_equal(kept[name], expected)


def test_known_variables_of_sentences_are_those_of_a_reader():
    words, states = cases.sentences(OneCell(), LANGUAGE, 60, 0)
    known, at = cases.language_variables(words, states, LANGUAGE)
    names = rules(LANGUAGE).words
    seen = 0
    for row in range(60):
        style = number = topic = None
        for place, word in enumerate(names[t].split(".") for t in words[row]):
            if word[0] == "determiner":
                style = word[1] == "1"
            if word[0] == "noun":
                topic, number = word[1] == "0", word[2] == "plural"
            assert at[row, place] == (word[0] == "adverb")
            if word[0] != "adverb":
                continue
            odd = int(word[1]) % 2 == 1
            found = [known[name][row, place] for name in cases.LANGUAGE_VARIABLES]
            assert found == [number, topic, style, style ^ odd]
            seen += 1
    assert seen > 30


def test_a_language_case_reads_adverbs_and_the_token_after_them():
    section = Fit(first_position=4, n_train=50, n_test=30)
    case = cases.adverbs_case(OneCell(), LANGUAGE, section, 80)
    names = rules(LANGUAGE).words
    here = np.arange(80)
    assert case.at.min() >= 4
    assert all(names[t].startswith("adverb") for t in case.inputs[here, case.at])
    assert {names[t].split(".")[0] for t in case.targets.argmax(1)} == {"adverb", "verb"}
    model = model_with(LANGUAGE, weights(LANGUAGE))
    row = model.residual(torch.from_numpy(case.inputs[9])[None, None])[0, 0, case.at[9]]
    np.testing.assert_allclose(case.read(model)[9], row.numpy(), atol=1e-5)


@pytest.fixture(scope="module")
def bits():
    params, section = Train(width=12), Fit(n_train=300, n_test=100)
    case = cases.bits_case(OneCell(), params, section, 400)
    model = model_with(params, weights(params))
    return case, model, case.read(model)


def test_interventions_are_those_of_a_loop(bits):
    case, model, x = bits
    labels = case.labels["used_and"]
    bench = verdicts.Bench(case, model, Reader(x, 300), {}, Control(steered=7), 0)
    added = bench.steering(labels)
    yes, no = ([r for r, y in zip(x[:300], labels, strict=False) if y == w] for w in (True, False))
    np.testing.assert_allclose(added.vector, np.mean(yes, 0) - np.mean(no, 0), atol=1e-6)
    assert added.base.shape == (7, 12)
    directions = np.random.default_rng(0).normal(size=(3, 12))
    size, agreement = added.changes(partial(cases.outputs, model), directions)

    def p(h):
        w, b = model.fall[0].numpy(), model.fall_bias[0].numpy()
        return 1 / (1 + np.exp(-(h @ w.T + b)))

    for i, direction in enumerate(directions):
        changes = np.array([p(h + direction) - p(h) for h in added.base])
        wanted = added.expected / np.linalg.norm(added.expected)
        logits = np.linalg.norm(model.fall[0].numpy() @ direction)
        expected = [abs(changes @ wanted), np.linalg.norm(changes, axis=1), np.full(7, logits)]
        np.testing.assert_allclose(size[:, i], np.mean(expected, axis=1), rtol=1e-4)
        cosine = changes.mean(0) @ wanted / np.linalg.norm(changes.mean(0))
        assert agreement[i] == pytest.approx(cosine, abs=1e-4)


def test_random_labels_that_are_judged_are_no_control_labels(bits):
    case, _, _ = bits
    labels = case.labels["used_and"]
    judged = random_labels(labels, case.types, 8, 3)
    controls = control_labels(labels, case.types, 20, 3)
    for kind, law in RANDOM.items():
        assert (abs(judged[kind].sum(1) - labels.sum()) <= 1).all()
        assert not (judged[kind][:, None] == controls[law]).all(-1).any()
        assert len(np.unique(judged[kind], axis=0)) == 8
    for drawn in judged["random of types"]:
        assert all(len(set(drawn[case.types == t])) == 1 for t in set(case.types))


def test_an_intervention_scales_with_its_strength(bits):
    _, model, x = bits
    vector, outputs = np.ones(12), partial(cases.outputs, model)
    single = Intervention(x[:1], vector, np.array([-0.7]), np.ones(2))
    plain = Intervention(x[:1], vector, np.array([1.0]), np.ones(2))
    found = single.changes(outputs, vector[None])
    expected = plain.changes(outputs, -0.7 * vector[None])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_labels_are_judged_alike_alone_and_among_others(bits):
    case, _, x = bits
    labels = case.labels["used_and"]
    controls = ControlLabels(Reader(x, 300), control_labels(labels, case.types, 5, 3))
    others = {"shuffled": [Reader(np.random.default_rng(0).permutation(x), 300)]}
    nothing = list(random_labels(labels, case.types, 2, 3)["random"])
    together = read([labels, *nothing], controls, others, 50, always=3)
    for drawn, among in zip([labels, *nothing], together, strict=True):
        (alone,) = read([drawn], controls, others, 50)
        assert alone.selectivity == among.selectivity and alone.advantage == among.advantage


def test_the_best_latents_are_chosen_on_other_samples_whichever_their_signs():
    rng = np.random.default_rng(0)
    codes = np.maximum(rng.normal(size=(200, 5)), 0) * [-1, 1, 1, 1, 1]
    labels = np.abs(codes[:, [0, 3]]) + rng.normal(size=(200, 2)) > 0.5
    best = quality.best_latents(codes[:100], labels[:100], codes[100:], labels[100:])
    signed = -codes[100:, 0], codes[100:, 3]
    expected = [roc_auc_score(labels[100:, v], signed[v]) for v in range(2)]
    np.testing.assert_allclose(best, expected)


@pytest.mark.parametrize("architecture", ["topk", "gated"])
@pytest.mark.parametrize("part", ["", *FROZEN, "soft_frozen_decoder"])
def test_frozen_parts_stay_where_they_began(part, architecture):
    x = np.random.default_rng(0).exponential(size=(500, 6)).astype(np.float32)
    began, found = (
        fitted(
            [x],
            [OneCell()],
            Fit(
                architecture=architecture,
                latents=12,
                k=2,
                dictionary_steps=60,
                dictionary_learning_rate=rate,
            ),
            "cpu",
            part,
        )[0]
        for rate in (1e-30, 0.05)
    )
    cosine = (found.decoder * began.decoder).sum(2)[0]
    if part == "frozen_decoder":
        torch.testing.assert_close(cosine, torch.ones(12))
    elif part == "soft_frozen_decoder":
        assert 0.8 - 1e-5 < cosine.min() < 0.81
    else:
        assert cosine.min() < 0.8
    assert torch.equal(found.encoder, began.encoder) == (part == "frozen_encoder")


def _evidence(**changed):
    """One seed, a variable and random labels; a clear MODEL unless something is changed."""
    values = {
        "selectivity": [[0.3, 0.2, 0.4], [0.2, 0.1, 0.3]],
        "advantage": [0.1, 0.05, 0.2],
        "effect": [[1.0]],
        "agreement": [0.9],
        "effect_random": [[[0.1, 0.8]]],
        "p_value": [[[0.001, 0.3]]],
        "power": [[[0.9, 0.9]]],
    } | changed
    dims = {
        "selectivity": ("label_control", "bound"),
        "advantage": ("bound",),
        "effect": ("alpha", "outcome"),
        "agreement": ("alpha",),
        "effect_random": ("alpha", "outcome", "direction"),
        "p_value": ("alpha", "outcome", "direction"),
        "power": ("alpha", "outcome", "direction"),
    }
    outer = ("seed", "variable", "labelling")
    data = {
        n: ((*outer, *dims[n]), np.array(v, float)[None, None, None]) for n, v in values.items()
    }
    return xr.Dataset(data, {"alpha": [1.0], "direction": ["equal_norm", "equal_covariance"]})


@pytest.mark.parametrize(
    ("changed", "verdicts"),
    [
        ({}, ["MODEL", "INCONCLUSIVE"]),
        ({"agreement": [-0.9]}, ["INCONCLUSIVE", "INCONCLUSIVE"]),
        ({"advantage": [0.0, -0.1, 0.1]}, ["UPSTREAM", "DATASET"]),
        ({"selectivity": [[0.3, 0.2, 0.4], [0.2, -0.1, 0.3]]}, ["PROBE-ARTEFACT"] * 2),
        ({"advantage": [0.0, -0.1, 0.1], "power": [[[0.9, 0.5]]]}, ["UPSTREAM", "INCONCLUSIVE"]),
    ],
)
def test_verdicts_follow_from_the_evidence(changed, verdicts):
    found = measure._judged(_evidence(**changed), 1.0)["verdict"]
    assert found.dims == measure.ORDER
    assert found.values[0, 0, :, 0, 0].tolist() == verdicts


def test_effects_are_corrected_for_all_variables_of_a_model():
    one = _evidence(p_value=[[[0.006, 0.006]]])
    two = xr.concat([one, one], "variable")
    assert measure._judged(one, 1.0)["verdict"].values[0, 0, 0, 0, 0] == "MODEL"
    assert measure._judged(two, 1.0)["verdict"].values[0, 0, 0, 0, 0] == "INCONCLUSIVE"


def test_labels_that_were_not_tested_further_are_artefacts():
    nothing = np.nan
    untested = _evidence(
        selectivity=[[0.0, -0.1, 0.1], [0.2, 0.1, 0.3]],
        advantage=[nothing] * 3,
        effect=[[nothing]],
        agreement=[nothing],
        effect_random=[[[nothing] * 2]],
        p_value=[[[nothing] * 2]],
        power=[[[nothing] * 2]],
    )
    both = xr.concat([_evidence(), untested], "labelling")
    found = measure._judged(both, 1.0)["verdict"].values[0, 0, 0, 0]
    assert found.tolist() == ["MODEL", "PROBE-ARTEFACT"]
