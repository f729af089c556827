"""The study's parts against loops and other packages; its rule on evidence with a known answer."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
import xarray as xr
from repository import ROOT
from sklearn.metrics import roc_auc_score

from tegum.controls.models import EMBEDDINGS, WEIGHT_CONTROLS, controlled
from tegum.dictionaries import of_cells
from tegum.dictionaries.partly import LEARNING
from tegum.errors import TegumError
from tegum.evidence.bench import Bench
from tegum.evidence.interventions import Intervention
from tegum.evidence.judged import ORDER, judged
from tegum.evidence.labels import (
    RANDOM,
    ControlLabels,
    Reader,
    control_labels,
    random_labels,
    read,
)
from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import overlay
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml
from tegum.metrics.best_latents import best_latents
from tegum.models.weights import with_weights
from tegum.studies.model_or_dataset import classifiers, languages
from tegum.studies.model_or_dataset.control import ladder, language
from tegum.studies.model_or_dataset.fit.classifier import of_bits
from tegum.studies.model_or_dataset.measure import ladder as measured_ladder
from tegum.studies.model_or_dataset.params import (
    LADDER,
    ClassifierVerdicts,
    FitGated,
    FitTopK,
    LanguageVerdicts,
    Params,
    TrainClassifier,
    TrainLanguage,
)
from tegum.studies.model_or_dataset.schema import CHANGE, DICTIONARY, LOSSES, RUNGS, SCHEMAS
from tegum.synthetic.corpora import adverb_variables

LANGUAGE = TrainLanguage(context=16, width=8, mlp_width=8, n_heads=2)
CLASSIFIER = TrainClassifier(width=12)
NEW = partial(languages.new_model, LANGUAGE)


def cell_of(train):
    return Cell("model_or_dataset", "fit", {"seed": 0}, FitTopK(), {"train": train})


def weights(new, seed=3):
    return {n: p.detach().numpy()[0] for n, p in new([seed]).named_parameters()}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"train": {"n_heads": 5}}, "width: 32 cannot be split among n_heads: 5"),
        ({"fit": {"latents": 64}}, r"prefixes: \[16, 48, 128\] must rise to latents: 64"),
        ({"control": {"controls": ["markow"]}}, "control.controls.0: found 'markow'"),
        ({"fit": {"penalty_strengths": {"gatd": 0.3}}}, "penalty_strengths.gatd"),
    ],
)
def test_parameters_that_do_not_fit_each_other_are_refused_by_name(edit, message):
    raw = parse_yaml((ROOT / "params/model_or_dataset.yaml").read_text(), "laptop")
    with pytest.raises(TegumError, match=message):
        validate(Params, overlay(raw, edit), "laptop")


def test_more_latents_to_test_than_there_are_is_an_error_that_says_how_many():
    section = LanguageVerdicts(tested_latents=9)
    cell = replace(cell_of(LANGUAGE), params=section, upstream={"fit": FitTopK(latents=32)})
    with pytest.raises(TegumError, match="give at most 8"):
        language.run([cell], {"train": xr.Dataset()}, Context())


def test_every_rung_says_what_it_changes():
    assert set(ladder.FAMILIES) == set(LADDER)


def test_each_rung_moved_as_far_as_its_own_dictionary_or_the_model():
    """A rung that still moves leaves the others, and what claims about them rest on, alone."""

    sizes = {"variable": 4}

    def rows(kind, layout, *outer, coords=None, **given):
        values = {
            name: np.zeros((2, *outer, *(sizes[dim] for dim in dims)))
            for name, (dims, *_) in layout.items()
        }
        return SCHEMAS[kind].dataset(values | given, coords)

    rungs = {"control": np.array(["gaussian", "markov"], object), "changes": ["a", "b"]}
    losses = {"loss": np.ones((2, 1)), "loss_floor": [1.0, 1.0]}
    train = rows("train", LOSSES | CHANGE, **losses, loss_change=[0.01, -0.02])
    fit = rows("fit/language", DICTIONARY | CHANGE, loss_change=[0.03, 0.001])
    control = rows(
        "control/ladder",
        RUNGS | CHANGE,
        2,
        coords=rungs,
        loss_change=[[0.5, 0.002], [0.0, -0.04]],
    )
    found = measured_ladder.by_cell(None, {"train": train, "fit": fit, "control": control})
    expected = {"none": [0.03, -0.02], "gaussian": [0.5, -0.02], "markov": [0.01, -0.04]}
    for rung, moved in expected.items():
        np.testing.assert_allclose(found["loss_change"].sel(control=rung), moved, rtol=1e-6)


@pytest.mark.parametrize("control", WEIGHT_CONTROLS)
def test_controls_on_weights_keep_the_embeddings_where_they_say_so(control):
    own = weights(NEW)
    changed = controlled(NEW, own, control, 5)
    kept = controlled(NEW, own, f"{control}_kept", 5)
    for name, weight in own.items():
        assert (changed[name] != weight).any()
        expected = weight if name in EMBEDDINGS else changed[name]
        np.testing.assert_array_equal(kept[name], expected)


def test_known_variables_of_sentences_are_those_of_a_reader():
    words, states = languages.sentences(cell_of(LANGUAGE), LANGUAGE, 60, 0)
    known, at = adverb_variables(languages.rules(LANGUAGE), words, states)
    names = languages.rules(LANGUAGE).words
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
            found = [known[name][row, place] for name in languages.VARIABLES]
            assert found == [number, topic, style, style ^ odd]
            seen += 1
    assert seen > 30


def test_a_language_case_reads_adverbs_and_the_token_after_them():
    cell, names = cell_of(LANGUAGE), languages.rules(LANGUAGE).words
    case = language.of_sentences(cell, 4, 80, adverbs=True)
    words, states = languages.sentences(cell, LANGUAGE, 4 * 80, languages.PROBED)
    known, adverb = adverb_variables(languages.rules(LANGUAGE), words, states)
    model = with_weights(NEW, weights(NEW), "cpu")
    x = model.residual(torch.from_numpy(words[:, :-1])[None])[0].numpy()
    read, rows = case.read(model), np.flatnonzero(adverb[:, 4:-1].any(1))[:80]
    for i, row in enumerate(rows):
        (at,) = (
            a
            for a in np.flatnonzero(adverb[row, :-1])
            if a >= 4 and np.allclose(x[row, a], read[i], atol=1e-5)
        )
        assert names[words[row, at]].startswith("adverb")
        assert case.targets[i].argmax() == words[row, at + 1]
        assert [case.labels[v][i] for v in known] == [known[v][row, at] for v in known]
    assert {names[t].split(".")[0] for t in case.targets.argmax(1)} == {"adverb", "verb"}


@pytest.fixture(scope="module")
def bits():
    new = partial(classifiers.new_model, CLASSIFIER)
    case = of_bits(cell_of(CLASSIFIER), 6, 400)
    model = with_weights(new, weights(new), "cpu")
    return case, model, case.read(model)


def test_interventions_are_those_of_a_loop(bits):
    case, model, x = bits
    labels = case.labels["used_and"]
    bench = Bench(case, model, Reader(x, 300), {}, ClassifierVerdicts(steered=7), 0)
    added = bench.steering(labels)
    yes, no = ([r for r, y in zip(x[:300], labels, strict=False) if y == w] for w in (True, False))
    np.testing.assert_allclose(added.vector, np.mean(yes, 0) - np.mean(no, 0), atol=1e-6)
    assert added.base.shape == (7, 12)
    directions = np.random.default_rng(0).normal(size=(3, 12))
    size, agreement = added.changes(partial(case.outputs, model), directions)

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
    case, model, x = bits
    vector, outputs = np.ones(12), partial(case.outputs, model)
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
    best = best_latents(codes[:100], labels[:100], codes[100:], labels[100:])
    signed = -codes[100:, 0], codes[100:, 3]
    expected = [roc_auc_score(labels[100:, v], signed[v]) for v in range(2)]
    np.testing.assert_allclose(best, expected)


@pytest.mark.parametrize("kind", [FitTopK, FitGated])
@pytest.mark.parametrize("part", ["", *LEARNING])
def test_frozen_parts_stay_where_they_began(part, kind):
    x = np.random.default_rng(0).exponential(size=(500, 6)).astype(np.float32)

    def fitted(rate):
        numbers = {"dictionary_steps": 60, "dictionary_learning_rate": rate}
        section = kind(latents=12, k=2, **numbers).resolved()
        (fit,) = of_cells.fitted([x], [cell_of(LANGUAGE)], [section], "cpu", part)
        return fit.dictionary

    began, found = fitted(1e-30), fitted(0.05)
    cosine = (found.decoder * began.decoder).sum(2)[0]
    if part == "frozen_decoder":
        torch.testing.assert_close(cosine, torch.ones(12))
    elif part == "soft_frozen_decoder":
        assert 0.8 - 1e-5 < cosine.min() < 0.81
    else:
        assert cosine.min() < 0.8
    # Free norms end in the latents, so that only the directions of the encoder are frozen.
    ways = [torch.nn.functional.normalize(d.encoder, dim=2) for d in (found, began)]
    assert torch.allclose(*ways, atol=1e-6) == (part == "frozen_encoder")


def _evidence(**changed):
    """One cell, a variable and random labels; a clear MODEL unless something is changed."""
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
    outer = ("cell", "variable", "labelling")
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
    found = judged(_evidence(**changed), 1.0)["verdict"]
    assert found.dims == ORDER
    assert found.values[0, 0, :, 0, 0].tolist() == verdicts


def test_effects_are_corrected_for_all_variables_of_a_model():
    one = _evidence(p_value=[[[0.006, 0.006]]])
    two = xr.concat([one, one], "variable")
    assert judged(one, 1.0)["verdict"].values[0, 0, 0, 0, 0] == "MODEL"
    assert judged(two, 1.0)["verdict"].values[0, 0, 0, 0, 0] == "INCONCLUSIVE"


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
    found = judged(both, 1.0)["verdict"].values[0, 0, 0, 0]
    assert found.tolist() == ["MODEL", "PROBE-ARTEFACT"]
