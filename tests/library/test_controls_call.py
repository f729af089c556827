"""`tegum.controls`: planted variables, the user's own forward pass, and what is refused."""

import numpy as np
import pytest
import torch

import tegum

QUICK = {"families": ("linear",), "draws": 20, "resamples": 300, "directions": 399}
DIMENSIONS = 10


@pytest.fixture(scope="module")
def planted():
    """A variable that the outputs read and that only the model has; one that nobody reads."""
    rng = np.random.default_rng(0)
    labels = rng.random((1200, 2)) < 0.4
    basis = np.linalg.qr(rng.standard_normal((DIMENSIONS, DIMENSIONS)))[0]
    noise = 0.3 * rng.standard_normal((2, 1200, DIMENSIONS))
    x = labels @ basis[:2] + noise[0]
    readout = np.outer(basis[0], rng.standard_normal(30))
    readout += 0.2 * basis[2:].T @ rng.standard_normal((DIMENSIONS - 2, 30))
    return {
        "activations": x.astype(np.float32),
        "labels": labels,
        "names": ["used", "unused"],
        "untrained": {"fresh": (labels[:, 1:] @ basis[1:2] + noise[1]).astype(np.float32)},
        "readout": readout.astype(np.float32),
    }


def without(given, *names):
    return {name: value for name, value in given.items() if name not in names}


@pytest.fixture(scope="module")
def by_readout(planted):
    return tegum.controls(**planted, **QUICK)


def test_a_linear_forward_pass_has_the_effects_of_its_readout(planted, by_readout):
    weights = torch.from_numpy(planted["readout"])
    shapes = set()

    def forward(x):
        shapes.add(x.shape[1:])
        return x @ weights + 3.0

    found = tegum.controls(**without(planted, "readout"), forward=forward, **QUICK)
    assert shapes == {(DIMENSIONS,)}
    a, b = (each.to_dataset() for each in (found, by_readout))
    for name in ("effect", "random_effect", "p_value"):
        assert np.allclose(a[name], b[name], rtol=1e-3), name
    assert found.verdicts == by_readout.verdicts
    assert found.verdicts["used"] == "MODEL" != found.verdicts["unused"]


def test_a_forward_pass_that_saturates_is_run_where_the_variable_is_absent(planted):
    weights = torch.from_numpy(planted["readout"])
    seen = []

    def forward(x):
        seen.append(x)
        return torch.sigmoid(x @ weights).numpy()

    one = {**without(planted, "readout"), "labels": planted["labels"][:, 0], "names": ["used"]}
    found = tegum.controls(**one, forward=forward, **QUICK).to_dataset()
    assert float(found["effect"][0]) > 0
    base = seen[1]
    assert len(base) == 100 and (base @ torch.from_numpy(planted["readout"])).abs().sum() > 0


def test_what_was_found_is_shown_and_saved(by_readout, tmp_path):
    assert "used      MODEL" in repr(by_readout)
    assert "<td>MODEL</td>" in by_readout._repr_html_()
    by_readout.save(tmp_path)
    assert (tmp_path / "controls.nc").is_file() and (tmp_path / "controls.html").is_file()


@pytest.mark.parametrize("architecture", ["topk", "matching_pursuit"])
def test_a_fit_is_put_through_the_battery_as_it_is(planted, architecture):
    x = planted["activations"]
    fitted = tegum.fit(x, architecture, latents=12, k=2, steps=60, batch=64)
    found = tegum.controls(x, dictionary=fitted, refits=0).to_dataset()
    density = (fitted.encode(x) > 0).mean("sample")
    assert found.sizes["latent"] == 12
    assert np.allclose(found["density"], density, atol=0.1)


WRONG = {
    "labels has values other than 0 and 1": {"labels": np.full(1200, 2)},
    "labels has shape": {"labels": np.ones(7)},
    "variable 'used' is 1 in 0 of 1200": {"labels": np.zeros((1200, 2))},
    "activations has shape": {"activations": np.zeros(3)},
    "forward gave shape": {"forward": lambda x: torch.zeros(3, 2)},
    "forward gave values that are not finite": {"forward": lambda x: x / 0},
    "forward beside readout or effect": {"forward": lambda x: x, "effect": np.ones(2)},
    "unexpected keyword argument 'draw'": {"draw": 3},
    "draws is 3; give at least 20": {"draws": 3},
    "dictionary is a int": {"dictionary": 3},
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_is_told_by_the_name_of_the_argument(planted, message):
    given = {**without(planted, "readout", "untrained"), **QUICK, **WRONG[message]}
    with pytest.raises(tegum.TegumError, match=message):
        tegum.controls(**given)
