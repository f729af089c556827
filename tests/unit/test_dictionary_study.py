"""Dictionaries in studies: tasks of any kinds, sections, the numbers that say how good one is."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from pydantic import ValidationError

from tegum.dictionaries.fit import fit_dictionary, scalar_scale, square_scale
from tegum.dictionaries.measures import QUALITY
from tegum.dictionaries.movement import movement
from tegum.dictionaries.quality import Coded, Truth, coded, quality
from tegum.dictionaries.registry import ARCHITECTURES, build
from tegum.dictionaries.registry import architecture as named
from tegum.dictionaries.sections import SECTIONS
from tegum.dictionaries.study import Curves, Stored, fit_all, labelled, stored, untrained
from tegum.training.fused import FusedPlan
from tegum.training.schedules import Schedule

SIZES = {"dictionary_steps": 12, "dictionary_batch": 16, "prefixes": [2, 6]}


def activations(seed=0, n_inputs=4):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(64, n_inputs))).float()


def section_of(architecture, **pool):
    kind = SECTIONS[architecture]
    return kind(**{name: value for name, value in pool.items() if name in kind.model_fields})


def task(architecture="topk", seed=0, n_inputs=4, **values):
    return Stored(
        section=section_of(architecture, **SIZES | values),
        n_inputs=n_inputs,
        latents=6,
        learning_rate=0.01 * (1 + seed),
        init=seed,
        order=seed + 10,
        activations=activations(seed, n_inputs),
        normalised=True,
    )


def weights(dictionary):
    return {name: value.detach().numpy() for name, value in dictionary.named_parameters()}


@pytest.mark.parametrize("architecture", SECTIONS)
def test_a_dictionary_does_not_depend_on_its_company(architecture):
    mine = task(architecture, 1)
    others = [task(architecture, 0), task("l1", 2), task(architecture, 3, n_inputs=5)]
    (alone,) = fit_all([mine], stored, "cpu")
    together = fit_all([*others, mine], stored, "cpu")
    assert [f.dictionary.decoder.shape[2] for f in together] == [4, 4, 5, 4]
    for name, value in weights(alone.dictionary).items():
        np.testing.assert_array_equal(value, weights(together[-1].dictionary)[name])


def test_sparsities_differ_in_one_ensemble_and_other_numbers_do_not_mix():
    one, four = fit_all([task(k=1), task(k=4)], stored, "cpu")
    fires = [(coded(fit.dictionary, activations()).codes > 0).sum(1).max() for fit in (one, four)]
    assert fires[0] == 1 < fires[1]
    slow, fast = fit_all([task("l1", penalty_warm_up=0.5), task("l1")], stored, "cpu")
    assert not torch.equal(slow.dictionary.decoder, fast.dictionary.decoder)


@pytest.mark.parametrize("architecture", SECTIONS)
def test_defaults_are_those_of_the_class(architecture):
    """Whoever builds a dictionary without a section has the same start."""
    section, kind = section_of(architecture), named(architecture)
    assert section.encoder_norm == kind.encoder_norm
    assert section.decoder_norm == kind.decoder_norm


def test_a_latent_is_dead_after_a_tenth_of_the_samples_where_nothing_else_is_told():
    named_so = section_of("topk", dead_after=7)
    assert named_so.silence() == 7
    assert section_of("topk", dictionary_steps=1000, dictionary_batch=128).silence() == 12_800
    assert section_of("topk", dictionary_steps=10**6, dictionary_batch=4096).silence() == 10**7


@pytest.mark.parametrize("architecture", ["l1", "jumprelu", "topk"])
def test_fitted_dictionaries_have_unit_directions(architecture):
    (found,) = fit_all([task(architecture)], stored, "cpu")
    assert found.dictionary.decoder.norm(dim=2).detach().numpy() == pytest.approx(1.0, rel=1e-5)


def test_a_frozen_decoder_has_unit_directions_from_the_start():
    (begun,) = untrained([task("jumprelu")], "cpu")
    (found,) = fit_all([task("jumprelu")], stored, "cpu", frozen=["decoder"])
    torch.testing.assert_close(found.dictionary.decoder.detach(), begun.directions())


def test_a_task_is_fitted_as_by_hand():
    mine = task("l1", 1, penalty=0.2, penalty_warm_up=0.5, warm_up=3)
    (found,) = fit_all([mine], stored, "cpu")
    data = mine.activations[None]
    dictionary = build(
        "l1",
        sparsity=0.2,
        warm_up=6,
        n_inputs=4,
        latents=6,
        seeds=[1] * 8,
        scale=scalar_scale(data).expand(8),
        centre=data.mean(1).expand(8, -1),
    )
    plan = FusedPlan(12, 0.02, schedule=Schedule("linear_decay_second_half", 12, warm_up=3))
    fit_dictionary(dictionary, data, [0] * 8, [11] * 8, plan, 16)
    dictionary.fold_norms()
    for name, value in weights(dictionary).items():
        np.testing.assert_array_equal(value[:1], weights(found.dictionary)[name])


def test_frozen_parameters_stay_as_they_began():
    tasks = [task("topk"), task("gated", 1)]
    begun = untrained(tasks, "cpu")
    for start, fit in zip(begun, fit_all(tasks, stored, "cpu", frozen=["decoder"]), strict=True):
        torch.testing.assert_close(start.directions(), fit.dictionary.directions())
        assert not torch.equal(start.encoder, fit.dictionary.encoder)


def test_directions_stay_in_the_cone_around_their_beginning():
    tasks = [task("topk", dictionary_steps=60), task("l1", 1, dictionary_steps=60)]
    loose, kept = (fit_all(tasks, stored, "cpu", least_cosine=least) for least in (None, 0.99))
    for start, free, fit in zip(untrained(tasks, "cpu"), loose, kept, strict=True):
        cosine, left = (
            (start.directions() * one.dictionary.directions()).sum(2) for one in (fit, free)
        )
        assert 0.99 - 1e-5 < cosine.min() < 0.991
        assert left.min() < 0.98


def test_activations_may_be_scaled_by_their_mean_square():
    mine = replace(task("l1"), scale=square_scale)
    x = mine.activations
    (start,) = untrained([mine], "cpu")
    assert float(start.scale) ** 2 * float((x**2).sum(1).mean()) == pytest.approx(1)
    torch.testing.assert_close(start.decoder_bias[0], x.mean(0) * start.scale)


def test_curves_end_at_what_the_dictionary_is_in_the_end():
    tasks = [task("topk", 0), task("batchtopk", 1)]
    truth = np.random.default_rng(9).normal(size=(5, 4))

    def curves(pack, keep):
        return Curves([truth] * keep, [t.activations for t in pack])

    for fit, own in zip(
        fit_all(tasks, stored, "cpu", checkpoints=3, recorder=curves), tasks, strict=True
    ):
        assert fit.steps.tolist() == [3, 7, 11]
        active = np.ones((64, 5), bool)
        last = quality(
            coded(fit.dictionary, own.activations), own.activations.numpy(), Truth(truth, active)
        )
        assert fit.records["curve_mcc"][-1] == pytest.approx(last["mcc"], abs=1e-6)
        assert fit.records["curve_dead_fraction"][-1] == pytest.approx(last["dead_fraction"])


def test_quality_of_true_directions_and_codes_is_perfect_and_falls_where_it_is_spoilt():
    rng = np.random.default_rng(3)
    codes = rng.uniform(0.5, 1, (200, 3)) * (rng.uniform(size=(200, 3)) < 0.4)
    truth = Truth(np.eye(3), codes != 0)
    best = quality(Coded(codes, codes, np.eye(3)), codes, truth)
    for name in QUALITY:
        expected = {"fvu": 0, "dead_fraction": 0, "l0": (codes > 0).sum() / 200}
        expected["true_l0"] = expected["l0"]
        assert best[name] == pytest.approx(expected.get(name, 1)), name
    np.testing.assert_allclose(best["best_cosine"], 1)
    half = quality(Coded(codes, codes / 2, -np.eye(3)), codes, truth)
    assert half["shrinkage"] == pytest.approx(0.5) and half["relative_bias"] == pytest.approx(0.5)
    assert half["mcc"] == pytest.approx(1) and half["mcc_signed"] == 0
    silent = quality(Coded(codes * [0, 1, 1], codes, np.eye(3)), codes, truth)
    assert silent["dead_fraction"] == pytest.approx(1 / 3)
    assert silent["recall"] == pytest.approx(2 / 3) == silent["precision"]
    assert set(quality(Coded(codes, codes, np.eye(3)), codes)) < set(QUALITY)


def test_rows_are_folded_by_cell_and_outer_dims():
    found = [{"a": i, "b": [i, 10 * i]} for i in range(6)]
    rows = labelled(found, {"a": "number", "b": "pair"}, {"kind": ["x", "y", "z"]}, {"b": ("two",)})
    assert rows["b"].dims == ("cell", "kind", "two")
    assert float(rows["a"].sel(kind="y")[1]) == 4
    assert rows["b"].sel(kind="z")[0].values.tolist() == [2, 20]


def test_a_section_has_the_fields_that_its_architecture_reads():
    assert set(SECTIONS) == set(ARCHITECTURES)
    for name, kind in SECTIONS.items():
        assert (f"tegum.dictionaries.{name}",) == kind.CODE
        assert {kind.SPARSITY, *kind.OPTIONS} <= set(kind.model_fields)
    with pytest.raises(ValidationError):
        SECTIONS["topk"](architecture="topk", threshold=0.1)
    assert replace(task(), latents=3).section.sparsity == 3


def test_a_section_starts_as_its_architecture_does_by_itself():
    for name, kind in SECTIONS.items():
        assert kind.model_fields["encoder_norm"].default == named(name).encoder_norm
        assert kind.model_fields["decoder_norm"].default == named(name).decoder_norm


def test_building_one_architecture_imports_no_other():
    code = (
        "import sys, tegum.dictionaries.study as s\n"
        "from tegum.dictionaries.registry import ARCHITECTURES, build\n"
        "loaded = lambda: {n for n in ARCHITECTURES if f'tegum.dictionaries.{n}' in sys.modules}\n"
        "assert not loaded(), loaded()\n"
        "build('gated', sparsity=1.0, n_inputs=2, latents=2, seeds=[0])\n"
        "assert loaded() == {'gated'}, loaded()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_dictionary_that_explains_everything_is_at_rest():
    """Its loss falls by a factor for ever: what moved is a share of the variance."""
    change, fvu = (xr.DataArray(v, dims="cell") for v in ([2.0, 2.0, -0.1], [1e-5, 0.02, 0.5]))
    np.testing.assert_allclose(movement(change, fvu), [0.002, 2.0, -0.1])
