"""What is measured of a real model's dictionaries, on a tiny model and on what is known."""

import numpy as np
import pytest

from tegum.data.letters import from_utf8, utf8
from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Context
from tegum.experiment.rooms import load
from tegum.interop.models.tiny import named
from tegum.ledger.findings import judged
from tegum.metrics.latent_tokens import token_entropy
from tegum.metrics.perturbations import divergence
from tegum.metrics.substitutions import SUBSTITUTED
from tegum.studies.real_dictionaries import control, fit, generate, states
from tegum.studies.real_dictionaries.params import Control, FitTopK, Generate
from tegum.studies.real_dictionaries.schema import RUNGS, SCHEMAS

there = pytest.mark.skipif(not states.available(), reason="needs the extra models")
SMALL = Generate(model="tiny-causal", layer=1, context=24, sequences=8, held_out=4)
FIT = FitTopK(latents=24, k=4, dictionary_steps=4, dictionary_batch=16)
CONTROL = Control(
    **FIT.model_dump(),
    samples=4,
    tokens=12,
    distances=3,
    tested=2,
    examples=2,
    around=2,
    on_spheres=2,
    radii=[0.1, 1.0],
    directions=2,
    angles=3,
)


def cells(stage, section, count=1, **upstream):
    return [
        Cell("real_dictionaries", stage, {"seed": seed}, section, upstream) for seed in range(count)
    ]


def test_the_entropy_of_a_latent_is_that_of_its_mass_over_tokens():
    codes = np.array([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 4.0, 0.0]])
    found = token_entropy(codes, [7, 7, 3, 9])
    shares = np.array([0.25, 0.25, 0.5])
    assert found[0] == 0.0 and np.isnan(found[2])
    assert found[1] == pytest.approx(-(shares * np.log(shares)).sum())


def test_a_text_of_bytes_is_read_again_and_no_letter_is_cut():
    assert from_utf8(utf8(" naïve", 16)) == " naïve"
    assert from_utf8(utf8("abcé", 4)) == "abc" and len(utf8("abcé", 4)) == 4


@there
def test_one_more_token_is_what_the_whole_text_says(monkeypatch):
    from tegum.interop.models import continued
    from tegum.interop.models.continued import Continued

    model = named("tiny-causal")
    ids = np.random.default_rng(0).integers(3, 500, (5, 9))
    said = Continued(model, ids, 0)
    hook = "blocks.0.hook_resid_post"
    x = model.capture(ids, [hook])[hook][:, -1].numpy()
    np.testing.assert_allclose(said.activations(), x, atol=1e-5)
    clean = model.logits(ids)[:, -1].numpy()
    np.testing.assert_allclose(said.logits(), clean, atol=1e-5)
    change = np.random.default_rng(1).standard_normal(x.shape).astype(np.float32)
    moved = said.logits(change)
    assert divergence(clean, moved).min() > 1e-6
    np.testing.assert_allclose(said.logits(), clean, atol=1e-5)  # nothing of it stays

    from tegum.interop.models.loaded import Intervention

    value = np.zeros((5, 9, x.shape[1]), np.float32)
    value[:, -1] = change
    whole = model.logits(ids, [Intervention(hook, "add", value)])[:, -1].numpy()
    np.testing.assert_allclose(moved, whole, atol=1e-5)

    both = np.stack([change, -change, 2 * change])
    together = said.logits(both)
    assert together.shape == (3, *moved.shape)
    for one, expected in zip(both, together, strict=True):
        np.testing.assert_allclose(said.logits(one), expected, atol=1e-5)
    np.testing.assert_allclose(said.at(1).logits(both), Continued(model, ids, 1).logits(both))
    assert not np.allclose(said.at(1).activations(), said.activations())
    monkeypatch.setattr(continued, "TOGETHER", 2)
    np.testing.assert_allclose(Continued(model, ids, 0).logits(both), together, atol=1e-5)
    with pytest.raises(TegumError, match="causal"):
        Continued(named("tiny-bidirectional"), ids, 0)


@there
def test_controls_on_weights_change_what_they_say_and_nothing_else():
    from tegum.interop.models.controlled import controlled, with_embedding

    model = named("tiny-causal")

    def parts(one):
        return {n: p.detach().numpy() for n, p in one.net.named_parameters()}

    own = parts(model)
    made = parts(with_embedding(controlled(model, "spectrum", 0, 0), model))
    changed = {n for n in own if not np.array_equal(own[n], made[n])}
    assert changed and all(".layers.0." in n for n in changed)
    for name in (n for n in changed if own[n].ndim == 2):
        one, other = (np.linalg.svd(m[name], compute_uv=False) for m in (own, made))
        np.testing.assert_allclose(one, other, rtol=1e-4)
    drawn = parts(controlled(model, "matched_normal", 0, 1))
    embedding = next(n for n in own if "embed" in n)
    assert not np.allclose(drawn[embedding], own[embedding])
    assert drawn[embedding].std() == pytest.approx(own[embedding].std(), rel=0.05)
    anew = parts(with_embedding(controlled(model, "untrained", 5, 1), model))
    assert np.array_equal(anew[embedding], own[embedding])
    assert not np.allclose(anew["lm_head.weight"], own["lm_head.weight"])
    with pytest.raises(TegumError, match="no control"):
        controlled(model, "shuffled", 0, 1)


@there
def test_weights_are_drawn_only_where_activations_are_not_there(monkeypatch, tmp_path):
    section = SMALL.model_copy(update={"rung": "matched_normal", "weights_seed": 6})
    states.of(SMALL)  # the texts are read before the folder changes
    monkeypatch.chdir(tmp_path)
    drawn, under = [], states._under
    monkeypatch.setattr(states, "_under", lambda *given: drawn.append(given) or under(*given))
    first, again = states.of(section), states.of(section)
    assert len(drawn) == 1 and np.array_equal(first.fitted, again.fitted)
    for change in ({"weights_seed": 7}, {"rung": "matched_normal_kept"}):
        other = states.of(section.model_copy(update=change))
        assert not np.array_equal(first.fitted, other.fitted)
    assert len(drawn) == 3


@there
def test_activations_are_made_anew_where_what_draws_or_reads_is_other_code(monkeypatch):
    from tegum.interop.models import made_by

    def code(changed="", new=lambda text: text):
        read = made_by.read_text
        with monkeypatch.context() as patch:
            patch.setattr(
                made_by, "read_text", lambda p: (new if p.name == changed else str)(read(p))
            )
            return made_by.made_by.__wrapped__()["code"]

    assert code() == code("weights.py", "# a comment\n{}".format)
    assert len({code(), *(code(n, "{}\nx = 1".format) for n in ("weights.py", "hooks.py"))}) == 3


@there
def test_contexts_that_are_held_out_are_not_those_of_the_fit_nor_of_outputs():
    count = SMALL.sequences + SMALL.held_out
    chosen = states.texts("tiny-causal", count, SMALL.context, SMALL.first_position).ids
    seen = chosen[:, 1:].ravel()
    later = np.lib.stride_tricks.sliding_window_view(seen, CONTROL.tokens - 1)
    own = control._texts(cells("control", CONTROL, generate=SMALL)[0])[:, 1:-1]
    assert not any((later == row).all(1).any() for row in own)
    found = states.of(SMALL)
    kept = SMALL.context - SMALL.first_position
    assert found.fitted.shape[0] == SMALL.sequences * kept
    assert found.held_out.shape[0] == SMALL.held_out * kept
    sequence, position = found.places.T
    assert np.array_equal(found.texts[sequence, position], found.tokens)


@there
def test_every_rung_is_another_control():
    sections = [SMALL.model_copy(update={"rung": r, "weights_seed": 3}) for r in RUNGS]
    rows = {
        "generate": generate.run(
            [c for s in sections for c in cells("generate", s)], {}, Context(progress=False)
        )
    }
    found = fit.run(
        [c for s in sections for c in cells("fit", FIT, generate=s)], rows, Context(progress=False)
    )
    SCHEMAS["fit"].validate(found)
    assert len(np.unique(found["fvu"].values)) == len(RUNGS)
    known = np.isfinite(found["token_entropy"]).any("latent").values
    blind = ("gaussian", "permuted_dimensions", "permuted_latents", "random_decoder")
    assert [r for r, k in zip(RUNGS, known, strict=True) if not k] == list(blind)


@there
def test_outputs_are_measured_where_nothing_is_changed_by_nothing():
    rows = {"generate": generate.run(cells("generate", SMALL, 2), {}, Context(progress=False))}
    found = control.run(cells("control", CONTROL, 2, generate=SMALL), rows, Context(progress=False))
    SCHEMAS["control"].validate(found)
    assert (found["kl"] > 0).all() and float(found["line_kl"].isel(distance=0).max()) < 1e-9
    length = found["length"].sel(substitution=SUBSTITUTED[1:5])
    np.testing.assert_allclose(length, found["length"].sel(substitution=["dictionary"] * 4), 1e-4)
    circle = found["sphere_circle"].values  # which ends where it begins
    np.testing.assert_allclose(circle[:, 0], circle[:, -1], rtol=1e-4)
    assert (found["sphere_peak"] > 0).all()
    first = found["peak"].isel(example=0)
    np.testing.assert_array_equal(first.sel(offset=0), first.max("offset"))
    ends = found["effect"]
    assert (ends.sel(end="raised") >= ends.sel(end="lowered")).all()
    texts = found["peak_text"].sel(offset=0).values.reshape(-1, 16)
    assert all(from_utf8(t).isdigit() for t in texts)  # ids of a tokenizer without texts


@there
def test_dictionaries_of_a_sweep_are_fitted_again_and_saved(tmp_path, monkeypatch):
    import tegum
    from tegum.cli import main

    one = tegum.refit("real_dictionaries", "outputs", scale="smoke", seed=1)
    both = tegum.refit("real_dictionaries", "outputs", scale="smoke")
    assert both.places.dims == ("seed",) and len(one) == 1
    kept, alone = both.sel(seed=1).dictionary, one.dictionary
    assert all(
        np.array_equal(a.detach(), b.detach())
        for a, b in zip(kept.parameters(), alone.parameters(), strict=True)
    )
    out = tmp_path / "saved"
    words = ["refit", "real_dictionaries", "ladder", "rung=none", "seed=0", "--out", str(out)]
    assert main([*words, "--scale", "smoke"]) == 0
    saved = tegum.Fit.load(out)
    x = np.random.default_rng(0).standard_normal((5, saved.dictionary.encoder.shape[2]))
    again = tegum.refit("real_dictionaries", "ladder", scale="smoke", rung="none", seed=0)
    np.testing.assert_allclose(saved.encode(x), again.encode(x), atol=1e-6)
    with pytest.raises(TegumError, match="no sweep 'output'"):
        tegum.refit("real_dictionaries", "output")
    with pytest.raises(TegumError, match="cannot be fitted again"):
        tegum.refit("packing", "energy")


def test_without_the_extra_rows_say_so_and_claims_are_untested(monkeypatch):
    monkeypatch.setattr(states, "available", lambda: False)
    rows = {"generate": generate.run(cells("generate", SMALL, 5), {}, Context(progress=False))}
    assert not rows["generate"]["available"].any()
    found = fit.run(cells("fit", FIT, 5, generate=SMALL), rows, Context(progress=False))
    outputs = control.run(
        cells("control", CONTROL, 5, generate=SMALL), rows, Context(progress=False)
    )
    seeds = {"seed": range(5)}
    ladder = xr_over(found.rename(cell="seed").assign_coords(seeds), rung=list(RUNGS))
    layers = xr_over(ladder.sel(rung=["none", "gaussian"]), layer=[4, 14, 29], latents=[64, 256])
    data = {
        "ladder": ladder,
        "batchtopk": ladder,
        "layers": layers,
        "outputs": outputs.rename(cell="seed").assign_coords(seeds),
    }
    found = judged("real_dictionaries", "laptop", load("real_dictionaries", "claims"), data)
    assert len(found) > 25
    for claim in found:
        assert claim.verdict == "inconclusive" and "run make .venv/models" in claim.reason


def xr_over(dataset, **axes):
    return dataset.expand_dims(axes)
