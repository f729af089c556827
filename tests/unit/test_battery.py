"""`tegum controls` on files with planted variables, and on files that are wrong."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from tegum import cli
from tegum.data import netcdf
from tegum.errors import TegumError
from tegum.evidence import dictionary as dictionaries
from tegum.evidence import page, text
from tegum.evidence.arrays import checked
from tegum.evidence.report import dataset, run
from tegum.evidence.variables import Options
from tegum.figures.render import javascript
from tegum.interop import plain
from tegum.labels import unlabelled

QUICK = Options(families=("linear",), draws=20, resamples=500, refits=2, steps=30)
DIMENSIONS = 12


def arrays(samples=1200, seed=0):
    """A conjunction that only the trained model computes, and that its outputs read; a bit that
    every model writes and no output reads; labels that say nothing."""
    rng = np.random.default_rng(seed)
    bits = rng.random((samples, 8)) < 0.5
    used, unused, nothing = bits[:, 0] & bits[:, 1], bits[:, 2], rng.random(samples) < 0.4
    basis = np.linalg.qr(rng.standard_normal((DIMENSIONS, DIMENSIONS)))[0]

    def written(*features):
        noise = 0.4 * rng.standard_normal((samples, DIMENSIONS))
        return (np.column_stack(features) @ basis[: len(features)] + noise).astype(np.float32)

    others = rng.standard_normal((DIMENSIONS, 8))
    others -= np.outer(basis[1], basis[1] @ others)
    return {
        "activations": written(1.5 * used, unused, *bits[:, 3:].T),
        "activations_untrained": written(*bits.T[[0, 2, 1]], *bits[:, 3:].T),
        "labels": np.column_stack([used, unused, nothing]).astype(np.int8),
        "names": np.array(["used", "unused", "nothing"]),
        "types": bits[:, 3:] @ (2 ** np.arange(5)),
        "readout": others + 8 * np.outer(basis[0], np.eye(8)[0]),
    }


def dictionary(latents=20):
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((latents, DIMENSIONS)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    weights = {
        "encoder": rows,
        "decoder": rows,
        "encoder_bias": np.zeros(latents, np.float32),
        "decoder_bias": np.zeros(DIMENSIONS, np.float32),
    }
    return weights, {"architecture": "topk", "k": "3"}


@pytest.fixture(scope="module")
def report():
    return run(checked(arrays(), "file"), plain.read(*dictionary(), "here"), QUICK)


def test_planted_variables_get_their_verdicts(report):
    used, unused, nothing = report.found
    assert used.judgement.verdict == "MODEL"
    assert unused.judgement.verdict == "INCONCLUSIVE"
    assert nothing.judgement.verdict == "PROBE-ARTEFACT"
    assert unused.probed.auroc > 0.9 and "power" in unused.judgement.open[0]
    assert used.judgement.evidence.effect.ratio > 2 > unused.judgement.evidence.effect.ratio
    assert list(used.judgements) == ["equal_norm", "equal_covariance"]
    assert used.judgement.evidence.effect.p_corrected == pytest.approx(0.003)


def test_through_a_readout_the_change_along_what_goes_with_the_variable_counts(report):
    """With the class means by hand; random directions have the sizes of a single Gaussian."""
    given, used = arrays(), report.found[0]
    order = np.random.default_rng(QUICK.seed).permutation(1200)
    x, y = given["activations"].astype(float)[order], given["labels"][order, 0] > 0
    means = [
        part[of].mean(0) - part[~of].mean(0)
        for part, of in zip((x[:600], x[600:]), (y[:600], y[600:]), strict=True)
    ]
    added, expected = (mean @ given["readout"] for mean in means)
    along = added @ expected / np.linalg.norm(expected)
    assert used.effect == pytest.approx(along, rel=1e-6)
    spread = np.linalg.norm(given["readout"] @ expected / np.linalg.norm(expected))
    null = spread * np.linalg.norm(means[0]) / np.sqrt(DIMENSIONS) * np.sqrt(2 / np.pi)
    assert used.random_effects["equal_norm"].mean() == pytest.approx(null, rel=0.1)


def test_the_dataset_is_labelled_and_survives_its_file(report, tmp_path):
    data = dataset(report)
    assert not unlabelled(data)
    netcdf.save_dataset(tmp_path / "controls.nc", data, None)
    found = netcdf.load_dataset(tmp_path / "controls.nc")
    assert found["verdict"].sel(variable="used", direction_control="equal_norm") == "MODEL"
    assert found["label_auroc"].dims == ("variable", "label_control", "draw")
    assert found["random_effect"].sizes["direction"] == 999
    for name in ("used", "nothing"):
        at = found.sel(variable=name, label_control="permuted")
        share = float((at["label_auroc"] >= at["auroc"]).mean())
        assert float(at["label_p_value"]) == pytest.approx((1 + 20 * share) / 21)
    assert float(found["unexplained"].sel(activation_control="none").mean()) < 1


def test_latents_lie_beside_permuted_labels_and_random_encoders():
    weights, meta = dictionary()
    case = checked(arrays(), "file")
    axis = (case.activations[case.labels[:, 0]].mean(0) - case.activations.mean(0)).astype("f4")
    weights["encoder"][0] = weights["decoder"][0] = axis / np.linalg.norm(axis)
    found = dictionaries.analyse(case, plain.read(weights, meta, "here"), QUICK)
    assert found.auroc.shape == (20, 3) and found.auroc[0].argmax() == 0
    assert found.p_adjusted[0] < 0.05 and found.percentile["random_encoder"][0] == 1
    assert found.unexplained["none"] < found.unexplained["random_decoder"]
    assert found.unexplained["none"] < found.unexplained["permuted_latents"]


def test_latents_of_random_labels_are_not_significant():
    x, labels = arrays()["activations"], np.random.default_rng(5).random((1200, 2)) < 0.5
    case = checked({"activations": x, "labels": labels}, "file")
    found = dictionaries.analyse(case, plain.read(*dictionary(), "here"), QUICK)
    assert (found.p_adjusted < 0.05).mean() <= 0.05


def test_refits_reach_less_where_structure_is_destroyed(report):
    """Frozen halves cannot reach what a whole dictionary does; 30 steps tell no more."""
    means = {name: values.mean() for name, values in report.ladder.items()}
    expected = {"none", "matched_gaussian", "permuted_dimensions", "permuted_latents"}
    expected |= {"random_decoder", "untrained", "frozen_decoder", "frozen_encoder"}
    assert set(means) == expected
    assert means["none"] < min(means["frozen_decoder"], means["frozen_encoder"])


@pytest.mark.parametrize(
    ("without", "open_parts"),
    [
        (["readout"], ["effect not tested"]),
        (["activations_untrained"], ["advantage not tested"]),
        (["activations_untrained", "readout", "types"], ["advantage", "effect"]),
    ],
)
def test_what_is_missing_leaves_the_verdict_open(without, open_parts):
    given = {n: a for n, a in arrays(300).items() if n not in without}
    found = run(checked(given, "file"), None, QUICK)
    for judged in found.found[:2]:
        assert judged.judgement.verdict == "INCONCLUSIVE"
        assert all(part in "; ".join(judged.judgement.open) for part in open_parts)
    assert found.found[2].judgement.verdict == "PROBE-ARTEFACT"
    assert len(found.notes) == len(without)
    shown = text.text(found)
    assert "what is open" in shown and " -  " in shown
    assert not {"effect", "advantage"} <= set(dataset(found))


def test_measured_effects_take_the_place_of_a_readout():
    given = {n: a for n, a in arrays(600).items() if n != "readout"}
    null = np.random.default_rng(2).normal(1, 0.2, (3, 500))
    given |= {"effect": np.array([5.0, 0.3, -4.0]), "effect_random": null}
    found = run(checked(given, "file"), None, QUICK).found
    assert [f.judgement.verdict for f in found] == ["MODEL", "DATASET", "PROBE-ARTEFACT"]
    assert found[0].judgement.evidence.effect.ratio == pytest.approx(5, rel=0.05)
    assert not found[2].judgement.evidence.effect.right_sign


def test_too_few_random_directions_for_the_number_of_variables_are_noted():
    given = {n: a for n, a in arrays(200).items() if n != "readout"}
    given |= {"effect": np.ones(3), "effect_random": np.full((3, 120), 0.1)}
    found = run(checked(given, "file"), None, QUICK)
    assert "120 random directions for 3 variables" in found.notes[0]
    assert found.found[0].judgement.evidence.effect.p_corrected > 0.01


def test_the_command_writes_a_dataset_and_a_page(tmp_path, capsys):
    weights, meta = dictionary()
    save_file(weights, tmp_path / "dictionary.safetensors", meta)
    given = {n: np.ascontiguousarray(a) for n, a in arrays(400).items() if n != "names"}
    given["truth"] = given.pop("labels")
    save_file(given, tmp_path / "model.safetensors")
    options = "--labels truth --names used,unused,nothing --probes linear --draws 20 --refits 2"
    command = [*options.split(), "--steps", "20", "--json"]
    command += ["--dictionary", str(tmp_path / "dictionary.safetensors")]
    assert cli.main(["controls", str(tmp_path / "model.safetensors"), *command]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [v["variable"] for v in found["variables"]] == ["used", "unused", "nothing"]
    assert found["variables"][0]["selectivity"].keys() == {"value", "low", "high"}
    assert len(found["refits"]["none"]) == 2
    folder = tmp_path / "model.controls"
    assert netcdf.load_dataset(folder / "controls.nc").sizes["variable"] == 3
    assert b"PROBE-ARTEFACT" in (folder / "controls.html").read_bytes()


def test_the_page_is_offline_and_escapes_what_it_shows(report):
    evil = "</script><script>alert(1)</script>{0}$$x$$<img src=x onerror=y>"
    found = [replace(report.found[0], name=evil), *report.found[1:]]
    hostile = replace(report, found=found, names=(evil, *report.names[1:]), notes=[evil])
    made = page.page(hostile, dataset(hostile), evil).decode()
    assert "<script>alert" not in made and "<img" not in made
    assert "&lt;script&gt;alert(1)" in made and evil not in made
    own = made.replace(javascript().decode(), "")
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?https?:", own)
    assert all("$$" not in script for script in re.findall("<script.*?</script>", own, re.S))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"activations": None}, "file.npz: no array 'activations', found activations_untrained"),
        ({"activations": np.zeros(5)}, r"activations has shape \(5,\)"),
        ({"activations": np.ones((1200, 12))}, "activations is the same for all samples"),
        ({"activations": np.full((1200, 12), "a")}, "activations has type <U1"),
        ({"activations": np.full((1200, 12), np.nan)}, "not finite"),
        ({"activations": np.full((1200, 12), 1e30)}, "beyond 1e"),
        ({"labels": np.zeros((7, 3))}, r"labels has shape \(7, 3\); expected \(1200, any\)"),
        ({"labels": np.full((1200, 3), 2)}, "0 and 1"),
        ({"labels": np.ones((1200, 3))}, "variable 'used' is 1 in 1200 of 1200 samples"),
        ({"labels": np.arange(1200) < 30, "names": np.array("rare")}, "variable 'rare' is 1 in 30"),
        ({"names": np.array(["a"])}, "1 names for 3 variables"),
        ({"names": np.array(["a", "b", "a"])}, "the name 'a' is given twice"),
        ({"types": np.zeros(1200)}, "types must be whole numbers"),
        ({"types": np.zeros(3, int)}, r"types has shape \(3,\)"),
        ({"activations_untrained": np.ones((3, 12))}, "activations_untrained has shape"),
        ({"activations_untrained": np.ones((0, 1200, 12))}, "activations_untrained is empty"),
        ({"readout": np.ones((3, 8))}, r"readout has shape \(3, 8\); expected \(12, any\)"),
        ({"readout": np.zeros((12, 8))}, "readout is 0 everywhere"),
        ({"effect": np.ones(3)}, "effect without effect_random"),
        ({"effect": np.ones(3), "effect_random": np.ones((3, 5))}, "at least 99 random directions"),
    ],
)
def test_what_is_wrong_with_the_arrays_is_said(change, says):
    found = {n: a for n, a in (arrays() | change).items() if a is not None}
    with pytest.raises(TegumError, match=says):
        checked(found, "file.npz")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["--labels", "truth"], "no array 'truth' for labels"),
        (["--draws", "3"], "draws is 3; give at least 20"),
        (["--steps", "0"], "steps is 0; give at least 1"),
        (["--draws", "1000000000"], "--draws 1000000000: give at most 10,000"),
        (["--refits", "101"], "--refits 101: give at most 100"),
        (["--steps", str(10**30)], "give at most 1,000,000"),
        (["--probes", "cubic"], "no probes 'cubic'; there are linear, quadratic, mlp"),
        (["--dictionary", "none.safetensors"], "cannot be read"),
    ],
)
def test_what_is_wrong_with_the_command_is_said(tmp_path, capsys, command, says):
    np.savez(tmp_path / "model.npz", **arrays(400))
    assert cli.main(["controls", str(tmp_path / "model.npz"), *command]) == 1
    assert says in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


def test_a_dictionary_of_other_inputs_and_a_file_without_labels_are_refused():
    given = arrays() | {"activations": np.random.default_rng(0).standard_normal((1200, 5))}
    del given["readout"]
    with pytest.raises(TegumError, match="12 inputs, but the activations have 5 dimensions"):
        dictionaries.check(plain.read(*dictionary(), "here"), checked(given, "file"))
    with pytest.raises(TegumError, match="neither labels nor a dictionary"):
        run(checked({"activations": given["activations"]}, "file"), None, QUICK)


def test_names_cannot_steer_a_terminal_and_unused_arrays_are_named():
    given = arrays() | {"names": np.array(["\x1b[2Jused", "b\n", "c"]), "extra\x1b": np.ones(3)}
    found = checked(given, "file")
    assert all(name.isprintable() for name in (*found.names, *found.notes))
    assert "extra" in found.notes[0]


def test_types_that_do_not_recur_are_noted():
    given = arrays() | {"types": np.arange(1200)}
    assert any(
        "cannot be memorised" in note for note in run(checked(given, "f"), None, QUICK).notes
    )
