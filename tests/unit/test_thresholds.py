"""Thresholds that are set for a wanted number of active latents."""

import numpy as np
import pytest
import torch

import tegum
from tegum.dictionaries import thresholds
from tegum.dictionaries.registry import build
from tegum.dictionaries.thresholds import calibrate
from tegum.errors import TegumError
from tegum.interop import files

INPUTS, LATENTS = 6, 12
OPTIONS = {
    "batchtopk": {"sparsity": 3},
    "matryoshka": {"sparsity": 3, "prefixes": (4, LATENTS)},
    "jumprelu": {"sparsity": 0.1},
}


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def made(name, cells=2):
    """Dictionaries away from their start, with biases, scales and thresholds of their own."""
    found = build(
        name, n_inputs=INPUTS, latents=LATENTS, seeds=range(cells), scale=2.0, **OPTIONS[name]
    )
    with torch.no_grad():
        for number, parameter in enumerate(found.parameters()):
            parameter.add_(0.2 * drawn(*parameter.shape, seed=number))
    return found


def l0(dictionary, x):
    return (dictionary.encode(x) > 0).sum(2).float().mean(1)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("wanted", [0.5, 2.0, [1.0, 4.5]])
def test_as_many_latents_fire_as_are_wanted(name, wanted, monkeypatch):
    monkeypatch.setattr(thresholds, "CHUNK", 300)
    dictionary, x = made(name), drawn(2, 1000, INPUTS, seed=9)
    calibrate(dictionary, x, wanted)
    asked = torch.as_tensor(wanted).expand(2)
    torch.testing.assert_close(l0(dictionary, x), asked, atol=1.5 / 1000, rtol=0)
    fresh = l0(dictionary, drawn(2, 4000, INPUTS, seed=10))
    torch.testing.assert_close(fresh, asked, atol=0, rtol=0.15)


def test_thresholds_of_latents_keep_their_ratios():
    dictionary = made("jumprelu")
    before = dictionary.log_threshold.detach().clone()
    calibrate(dictionary, drawn(2, 200, INPUTS, seed=9), 1.0)
    moved = dictionary.log_threshold.detach() - before
    torch.testing.assert_close(moved, moved[:, :1].expand_as(moved))
    assert moved.abs().min() > 0.01


@pytest.mark.parametrize("name", OPTIONS)
def test_all_that_can_fire_fires_where_as_many_are_wanted(name):
    dictionary, x = made(name, 1), drawn(1, 50, INPUTS, seed=9)
    positive = int((dictionary.pre_activations(x) > 0).sum())
    calibrate(dictionary, x, positive / 50)
    assert int((dictionary.encode(x) > 0).sum()) == positive
    with pytest.raises(TegumError, match=r"but at a threshold of 0 .* latents fire on a sample"):
        calibrate(dictionary, x, positive / 50 + 1)


@pytest.mark.parametrize("kind", ["saelens", "plain"])
def test_the_number_is_that_of_what_is_saved(tmp_path, kind):
    dictionary, x = made("batchtopk"), drawn(2, 1000, INPUTS, seed=9)
    calibrate(dictionary, x, 2.0)
    path = tmp_path / "a"
    (files.save_plain if kind == "plain" else files.save_saelens)(dictionary, path, 1)
    assert l0(files.load(path), x[1:])[0].item() == pytest.approx(2.0, abs=5e-3)


def test_fitted_dictionaries_are_calibrated_by_what_was_held_out(tmp_path):
    rng = np.random.default_rng(0)
    active = rng.random((4000, 12)) < 0.2
    x = (active @ rng.standard_normal((12, INPUTS))).astype(np.float32)
    how = {"k": [1, 2], "latents": 10, "steps": 100, "batch": 64, "learning_rate": 0.01}
    found = tegum.fit(x, "batchtopk", **how)
    before = found.quality()["l0"].values
    set_so = found.calibrated(1.5)
    np.testing.assert_allclose(set_so.quality()["l0"], 1.5, atol=0.01)
    assert np.abs(before - 1.5).min() > 0.05
    np.testing.assert_array_equal(found.sel(k=1).quality(x)["l0"], found.quality(x)["l0"][0])
    of_all = found.sel(k=2).calibrated(2.5, x)
    assert float(of_all.quality(x)["l0"]) == pytest.approx(2.5, abs=0.01)
    (folder,) = of_all.save(tmp_path)
    assert float(tegum.Fit.load(folder).quality(x)["l0"]) == pytest.approx(2.5, abs=0.01)
    with pytest.raises(TegumError, match="TopK dictionaries have no threshold to set"):
        tegum.fit(x, "topk", **how).calibrated(1.5)


@pytest.mark.parametrize("wrong", [0.0, -1.0, LATENTS + 1.0, [1.0, 99.0]])
def test_numbers_that_cannot_be_are_refused(wrong):
    with pytest.raises(TegumError, match=r"l0 is .*; give numbers between 0.02"):
        calibrate(made("jumprelu"), drawn(2, 50, INPUTS), wrong)
