"""Dictionaries in files of SAELens and of plain safetensors: what comes back, and what is refused.

`tests/interop` compares with SAELens itself where it is installed.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from test_tensors import MALFORMED

from tegum.dictionaries.matching_pursuit import MatchingPursuit
from tegum.dictionaries.registry import ARCHITECTURES, build, sparsity_argument
from tegum.errors import TegumError
from tegum.interop import files

INPUTS, LATENTS, K = 6, 12, 3
SAVED_AS = {
    "standard": "standard",
    "l1": "standard",
    "gated": "gated",
    "jumprelu": "jumprelu",
    "topk": "topk",
    "batchtopk": "jumprelu",
    "matryoshka": "jumprelu",
    "matching_pursuit": "matching_pursuit",
}
EXTRA = {
    "gated": {"b_gate", "b_mag", "r_mag"},
    "jumprelu": {"b_enc", "threshold"},
    "matching_pursuit": set(),
}


def trained(name: str):
    """Three dictionaries of one architecture with weights, offsets and scales of their own."""
    torch.manual_seed(3)
    options = {"prefixes": (4, LATENTS)} if name == "matryoshka" else {}
    sparsity = K if sparsity_argument(name) == "k" else 0.1
    made = build(
        name,
        sparsity=sparsity,
        n_inputs=INPUTS,
        latents=LATENTS,
        seeds=[1, 2, 3],
        scale=[1.0, 1.7, 0.6],
        centre=0.3 * torch.randn(3, INPUTS),
        **options,
    )
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        if hasattr(made, "threshold"):
            made.threshold.copy_(torch.tensor([0.1, 0.2, 0.3]))
    return made


def inputs(samples: int = 50) -> torch.Tensor:
    return torch.randn(3, samples, INPUTS, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("kind", ["saelens", "plain"])
def test_a_saved_cell_comes_back_with_its_latents_in_units_of_the_input(tmp_path, name, kind):
    dictionary, x, cell = trained(name), inputs(), 1
    before = {n: v.clone() for n, v in dictionary.state_dict().items()}
    path = tmp_path / ("a.safetensors" if kind == "plain" else "a")
    (files.save_plain if kind == "plain" else files.save_saelens)(dictionary, path, cell)
    loaded = files.load(path)
    assert loaded.n_cells == 1
    latents = dictionary.encode(x)
    expected = latents[cell] / dictionary.scale[cell]
    found = loaded.encode(x[cell : cell + 1])
    assert (expected > 0).any() and (expected == 0).any()
    assert torch.allclose(found[0], expected, rtol=1e-5, atol=1e-6)
    rebuilt = dictionary.decode(latents)[cell]
    assert torch.allclose(loaded.decode(found)[0], rebuilt, rtol=1e-5, atol=1e-6)
    assert all(torch.equal(v, before[n]) for n, v in dictionary.state_dict().items())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_files_are_those_that_saelens_6_writes(tmp_path, name):
    files.save_saelens(trained(name), tmp_path, 2, {"hook_name": "blocks.1.hook_resid_post"})
    architecture = SAVED_AS[name]
    config = json.loads((tmp_path / "cfg.json").read_text())
    own = {
        "topk": {"k": K, "rescale_acts_by_decoder_norm": False},
        "matching_pursuit": {
            "max_iterations": K,
            "residual_threshold": 0.0,
            "stop_on_duplicate_support": True,
        },
    }
    assert config == {
        "architecture": architecture,
        "d_in": INPUTS,
        "d_sae": LATENTS,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {"sae_lens_version": "6.0.0", "hook_name": "blocks.1.hook_resid_post"},
        **own.get(name, {}),
    }
    weights = load_file(tmp_path / "sae_weights.safetensors")
    matrices = {"W_enc": (INPUTS, LATENTS), "W_dec": (LATENTS, INPUTS), "b_dec": (INPUTS,)}
    vectors = dict.fromkeys(EXTRA.get(architecture, {"b_enc"}), (LATENTS,))
    if name == "matching_pursuit":
        del matrices["W_enc"]
    assert {n: w.shape for n, w in weights.items()} == matrices | vectors
    assert {w.dtype for w in weights.values()} == {np.dtype("f4")}


def weights_of(architecture: str) -> dict[str, np.ndarray]:
    """Random weights under SAELens's names."""
    rng = np.random.default_rng(7)
    shapes = {"W_enc": (INPUTS, LATENTS), "W_dec": (LATENTS, INPUTS), "b_dec": (INPUTS,)}
    if architecture.endswith("batchtopk"):
        shapes |= {"b_enc": (LATENTS,), "topk_threshold": ()}
    else:
        shapes |= dict.fromkeys(EXTRA.get(architecture, {"b_enc"}), (LATENTS,))
    drawn = {n: np.array(rng.normal(0, 0.5, s), "f4") for n, s in shapes.items()}
    for name in {"threshold", "topk_threshold"} & drawn.keys():
        drawn[name] = np.abs(drawn[name], out=drawn[name])
    return drawn


def config_of(architecture: str, /, **changes) -> dict:
    sizes = {"d_in": INPUTS, "d_sae": LATENTS, "k": K}
    return (
        {"architecture": architecture, "metadata": {"sae_lens_version": "6.54.12"}}
        | sizes
        | changes
    )


def saved(folder: Path, config, weights) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "cfg.json").write_text(config if isinstance(config, str) else json.dumps(config))
    save_file(weights, folder / "sae_weights.safetensors")
    return folder


def as_saelens_computes(config: dict, w: dict[str, np.ndarray], x: np.ndarray):
    """Latents and reconstruction by the formulas of SAELens, in float64."""
    w = {n: v.astype(float) for n, v in w.items()}
    architecture = config["architecture"]
    centred = x - w["b_dec"] * config.get("apply_b_dec_to_input", True)
    decoder = w["W_dec"]
    if architecture == "gated":
        gate = centred @ w["W_enc"] + w["b_gate"] > 0
        latents = gate * np.maximum(centred @ (w["W_enc"] * np.exp(w["r_mag"])) + w["b_mag"], 0)
        return latents, latents @ decoder + w["b_dec"]
    before = centred @ w["W_enc"] + w["b_enc"]
    norm = np.linalg.norm(decoder, axis=1) if config.get("rescale_acts_by_decoder_norm") else 1.0
    before = before * norm
    latents = np.maximum(before, 0)
    if architecture == "topk":
        latents = latents * (before >= np.sort(before, axis=1)[:, [-K]])
    elif architecture != "standard":
        latents = latents * (before > w.get("threshold", w.get("topk_threshold")))
    return latents, (latents / norm) @ decoder + w["b_dec"]


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize(
    "architecture", ["standard", "gated", "jumprelu", "topk", "batchtopk", "matryoshka_batchtopk"]
)
def test_what_saelens_saved_computes_what_saelens_computes(tmp_path, architecture, applied):
    config = config_of(architecture, apply_b_dec_to_input=applied, l1_coefficient=0.1)
    if architecture.endswith("topk"):
        config["rescale_acts_by_decoder_norm"] = applied
    weights, x = weights_of(architecture), inputs()[0]
    loaded = files.load(saved(tmp_path, config, weights))
    latents, rebuilt = as_saelens_computes(config, weights, x.numpy())
    found = loaded.encode(x[None])
    np.testing.assert_allclose(found[0].detach(), latents, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(loaded.decode(found)[0].detach(), rebuilt, rtol=1e-4, atol=1e-5)
    assert 0 < (latents > 0).mean() < 1


def test_a_threshold_below_zero_lets_everything_positive_through(tmp_path):
    weights = weights_of("jumprelu") | {"threshold": np.full(LATENTS, -1, "f4")}
    x = inputs()
    loaded = files.load(saved(tmp_path, config_of("jumprelu"), weights))
    plain = {n: w for n, w in weights.items() if n != "threshold"}
    relu = files.load(saved(tmp_path, config_of("standard"), plain))
    assert torch.equal(loaded.encode(x[:1]), relu.encode(x[:1]))


def test_half_and_double_precision_are_read(tmp_path):
    weights, x = weights_of("standard"), inputs()[:1]
    for dtype, tolerance in (("f2", 1e-2), ("f8", 1e-6)):
        cast = {n: w.astype(dtype) for n, w in weights.items()}
        found = files.load(saved(tmp_path, config_of("standard"), cast)).encode(x)
        exact = files.load(saved(tmp_path, config_of("standard"), weights)).encode(x)
        assert torch.allclose(found, exact, atol=tolerance)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"architecture": "transcoder"}, r"'transcoder'; supported are standard, gated, jumprelu"),
        ({"architecture": None}, "architecture is None"),
        ({"metadata": {"sae_lens_version": "5.10.3"}}, "'5.10.3'; expected 6 or later"),
        ({"metadata": {"hook_name": "a"}}, "sae_lens_version in its metadata is None"),
        ({"metadata": {"sae_lens_version": "9" * 5000}}, "expected 6 or later"),
        ({"metadata": "6.0.0"}, "sae_lens_version in its metadata is None"),
        ({"normalize_activations": "layer_norm"}, "'layer_norm'.*fold the normalisation"),
        ({"d_in": INPUTS + 1}, r"'W_dec': expected floating point of shape \(12, 7\), found float"),
        ({"d_sae": 10**15}, r"'W_enc': expected floating point of shape \(6, 1000000000000000\)"),
        ({"d_sae": -1}, "d_sae is -1; expected a whole number above 0"),
        ({"d_in": "6"}, "d_in is '6'"),
        ({"d_in": True}, "d_in is True"),
        ({"k": 0}, "k is 0; expected a whole number between 1 and the 12 latents"),
        ({"k": 13}, "k is 13"),
        ({"k": 2.5}, "k is 2.5"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused_by_name(tmp_path, change, says):
    folder = saved(tmp_path / "sae", config_of("topk", **change), weights_of("topk"))
    with pytest.raises(TegumError, match=says) as caught:
        files.load(folder)
    assert all(line.startswith(str(folder)) for line in str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"residual_threshold": 0.01}, "residual_threshold is 0.01; only 0 has a counterpart"),
        ({"residual_threshold": None}, "residual_threshold is None"),
        ({"stop_on_duplicate_support": 1}, "stop_on_duplicate_support is 1; expected true or"),
        ({"max_iterations": None}, "max_iterations is None; expected a whole number between 1 and"),
    ],
)
def test_a_pursuit_that_stops_at_a_residual_is_refused_by_name(tmp_path, change, says):
    fixed = {
        "residual_threshold": 0.0,
        "stop_on_duplicate_support": False,
        "max_iterations": K,
    }
    weights = {n: w for n, w in weights_of("topk").items() if n in ("W_dec", "b_dec")}
    config = config_of("matching_pursuit", **fixed)
    assert files.load(saved(tmp_path / "sae", config, weights)).encode(inputs()[:1]).any()
    with pytest.raises(TegumError, match=says):
        files.load(saved(tmp_path / "sae", {**config, **change}, weights))


@pytest.mark.parametrize(
    ("architecture", "huge"), [("gated", "r_mag"), ("standard", "b_dec"), ("topk", "W_dec")]
)
def test_weights_that_are_too_large_once_folded_are_refused_by_name(tmp_path, architecture, huge):
    weights = weights_of(architecture)
    weights[huge] = np.full_like(weights[huge], 3e38)
    options = {"apply_b_dec_to_input": False, "rescale_acts_by_decoder_norm": True}
    folder = saved(tmp_path / "sae", config_of(architecture, **options), weights)
    with pytest.raises(
        TegumError, match=r"sae: array .*holds (NaN, infinity or|gains of) more than 1e\+12"
    ):
        files.load(folder)


@pytest.mark.parametrize("text", ["", "{", "[" * 10**5, '{"a": 1', "\x00", "[1]", "null", '"a"'])
def test_a_configuration_that_is_none_is_refused_by_name(tmp_path, text):
    folder = saved(tmp_path / "sae", text, weights_of("topk"))
    with pytest.raises(TegumError, match=r"not valid JSON|holds no configuration") as caught:
        files.load(folder)
    assert str(caught.value).startswith(str(folder))


@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("W_dec", None, r"expected floating point of shape \(12, 6\), found none"),
        ("W_dec", np.zeros((INPUTS, LATENTS), "f4"), r"found float32 of shape \(6, 12\)"),
        ("b_enc", np.zeros((1, LATENTS), "f4"), r"shape \(12,\), found float32 of shape \(1, 12\)"),
        ("b_enc", np.zeros(LATENTS, "i4"), "found int32"),
        ("b_dec", np.full(INPUTS, np.nan, "f4"), "holds NaN, infinity"),
        ("W_enc", np.full((INPUTS, LATENTS), -np.inf, "f4"), "holds NaN, infinity"),
        ("b_enc", np.full(LATENTS, 1e300), r"more than 1e\+12"),
        ("W_skip", np.zeros((INPUTS, INPUTS), "f4"), "expected none, found float32"),
    ],
)
@pytest.mark.parametrize("kind", ["saelens", "plain"])
def test_weights_that_are_not_as_expected_are_refused_by_name(tmp_path, kind, name, array, says):
    weights = {n: w for n, w in (weights_of("standard") | {name: array}).items() if w is not None}
    path = tmp_path / "sae"
    if kind == "saelens":
        saved(path, config_of("standard"), weights)
    else:
        names = {"b_enc": "encoder_bias", "W_dec": "decoder", "b_dec": "decoder_bias"}
        encoder = weights.pop("W_enc")
        name, weights = names.get(name, name), {names.get(n, n): w for n, w in weights.items()}
        save_file(weights | {"encoder": np.ascontiguousarray(encoder.T)}, path)
        name = {"W_enc": "encoder"}.get(name, name)
    with pytest.raises(TegumError, match=f"sae: array {name!r}: .*{says}"):
        files.load(path)


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_file_is_refused_by_name(tmp_path, kind):
    folder = saved(tmp_path / "sae", config_of("standard"), weights_of("standard"))
    content, says = MALFORMED[kind]
    for path in (folder / "sae_weights.safetensors", tmp_path / "plain.safetensors"):
        path.write_bytes(content)
        with pytest.raises(TegumError, match=rf"^{path}: ") as caught:
            files.load(folder if path.parent == folder else path)
        assert says in str(caught.value)


def test_a_folder_without_weights_is_told(tmp_path):
    (tmp_path / "cfg.json").write_text("{}")
    with pytest.raises(TegumError, match=r"sae_weights.safetensors: cannot be read"):
        files.load(tmp_path)
    with pytest.raises(TegumError, match=r"no.safetensors: cannot be read"):
        files.load(tmp_path / "no.safetensors")


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ({"architecture": "pca"}, "'pca'; supported are standard, gated, jumprelu, topk"),
        ({"architecture": "topk"}, "k is ''; expected a whole number"),
        ({"architecture": "topk", "k": "-1"}, "k is '-1'"),
        ({"architecture": "topk", "k": "99"}, "k is 99"),
        ({"architecture": "topk", "k": "9" * 5000}, "k is '999"),
        ({"architecture": "gated"}, "'log_gain': expected floating point"),
    ],
)
def test_metadata_of_plain_files_that_cannot_be_meant_are_refused(tmp_path, metadata, says):
    files.save_plain(trained("l1"), tmp_path / "a")
    save_file(load_file(tmp_path / "a"), tmp_path / "b", metadata)
    with pytest.raises(TegumError, match=rf"b: .*{says}"):
        files.load(tmp_path / "b")


@pytest.mark.parametrize("save", [files.save_plain, files.save_saelens])
def test_whether_a_pursuit_stops_at_a_repetition_comes_back(tmp_path, save):
    found, x = {}, torch.randn(1, 50, 3, generator=torch.Generator().manual_seed(0))
    for stops in (True, False):
        dictionary = MatchingPursuit(n_inputs=3, latents=6, seeds=[0], k=5, stop_at_repeat=stops)
        save(dictionary, tmp_path / str(stops))
        found[stops] = files.load(tmp_path / str(stops)).encode(x)
        torch.testing.assert_close(found[stops], dictionary.encode(x))
    assert not torch.equal(found[True], found[False])


def test_a_plain_pursuit_says_true_or_false(tmp_path):
    dictionary = MatchingPursuit(n_inputs=3, latents=6, seeds=[0], k=5)
    files.save_plain(dictionary, tmp_path / "a")
    metadata = {"architecture": "matching_pursuit", "k": "5", "stop_at_repeat": "maybe"}
    save_file(load_file(tmp_path / "a"), tmp_path / "b", metadata)
    with pytest.raises(TegumError, match="stop_at_repeat is 'maybe'; expected true or false"):
        files.load(tmp_path / "b")


def test_a_plain_file_without_metadata_is_of_rectified_latents(tmp_path):
    files.save_plain(trained("l1"), tmp_path / "a")
    save_file(load_file(tmp_path / "a"), tmp_path / "b")
    x = inputs()[:1]
    assert torch.equal(files.load(tmp_path / "a").encode(x), files.load(tmp_path / "b").encode(x))


def test_words_that_were_changed_are_noticed(tmp_path):
    files.save_plain(trained("topk"), tmp_path / "a")
    content = (tmp_path / "a").read_bytes()
    assert b'"k":"3"' in content
    (tmp_path / "a").write_bytes(content.replace(b'"k":"3"', b'"k":"4"'))
    with pytest.raises(TegumError, match="a: damaged"):
        files.load(tmp_path / "a")


def test_a_cell_that_the_ensemble_has_not_is_refused(tmp_path):
    with pytest.raises(TegumError, match="cell is 3; the ensemble has cells 0 to 2"):
        files.save_saelens(trained("l1"), tmp_path, 3)
