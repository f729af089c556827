"""Activations and interventions of tiny random GPT-2, Llama and BERT models.

Runs where `transformers` is installed (`make .venv/models`, `make interop`).
"""

from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("transformers", reason="make .venv/models installs transformers")

from tiny_models import KINDS, LAYERS, LONGEST, VOCABULARY, WIDTH, WORDS, network, tokenizer

import tegum
from tegum import cli
from tegum.data import shards
from tegum.errors import TegumError
from tegum.interop.models import hooks, places, texts
from tegum.interop.models.activations import open_activations, written
from tegum.interop.models.loaded import Intervention, Model

pytestmark = pytest.mark.filterwarnings("default")  # of transformers and its parts
CLOSE = {"rtol": 1e-5, "atol": 1e-5}
_RNG = np.random.default_rng(0)
TEXT = " ".join(_RNG.choice(WORDS, 400))


@pytest.fixture(params=KINDS)
def model(request) -> Model:
    return tiny(request.param)


def tiny(kind: str, seed: int = 0) -> Model:
    return Model(kind, network(kind, seed), tokenizer(kind))


def some_ids(sequences: int = 3, positions: int = 7) -> np.ndarray:
    return np.random.default_rng(1).integers(4, VOCABULARY, (sequences, positions))


def test_streams_are_the_hidden_states_that_transformers_gives(model):
    ids = some_ids()
    hidden = model.net(torch.from_numpy(ids), output_hidden_states=True).hidden_states
    for i in range(LAYERS - 1):  # the last is normalised once more by GPT-2 and Llama
        (found,) = model.capture(ids, [i]).values()
        torch.testing.assert_close(found, hidden[i + 1], **CLOSE)
        (before,) = model.capture(ids, [f"blocks.{i + 1}.hook_resid_pre"]).values()
        torch.testing.assert_close(before, hidden[i + 1], **CLOSE)


def test_the_parts_of_a_block_add_up(model):
    bert = model.name == "bert"
    names = ("resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post")
    for i in range(LAYERS):
        found = model.capture(some_ids(), [f"blocks.{i}.hook_{n}" for n in names])
        pre, attention, middle, mlp, post = (found[f"blocks.{i}.hook_{n}"] for n in names)
        torch.testing.assert_close(pre + attention, middle, **CLOSE)
        if bert:
            block = model.net.bert.encoder.layer[i]
            middle = block.attention.output.LayerNorm(middle)
        torch.testing.assert_close(middle + mlp, post, **CLOSE)


def test_the_pass_stops_at_the_deepest_layer_that_is_asked_for(model):
    ran = []
    for i, block in enumerate(hooks.blocks(model.net)):
        block.register_forward_hook(lambda *_, i=i: ran.append(i))
    model.capture(some_ids(), ["hook_embed"])
    assert ran == []
    model.capture(some_ids(), [1, "hook_embed"])
    assert set(ran) <= {0, 1} and 0 in ran


def test_nothing_stays_hooked(model):
    before = model.logits(some_ids())
    model.capture(some_ids(), [1])
    model.logits(some_ids(), [Intervention("blocks.1.hook_mlp_out", "ablate")])
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.net.modules())
    torch.testing.assert_close(model.logits(some_ids()), before)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_ablating_all_blocks_leaves_the_embedding_and_the_head(kind):
    model = tiny(kind)
    ids = some_ids()
    parts = ("attn_out", "mlp_out")
    changes = [Intervention(f"blocks.{i}.hook_{p}", "ablate") for i in range(LAYERS) for p in parts]
    if kind == "gpt2":
        body = model.net.transformer
        stream = body.wte.weight[ids] + body.wpe.weight[: ids.shape[1]]
        expected = body.ln_f(stream) @ model.net.lm_head.weight.T
    else:
        body = model.net.model
        expected = body.norm(body.embed_tokens.weight[ids]) @ model.net.lm_head.weight.T
    torch.testing.assert_close(model.logits(ids, changes), expected.detach(), **CLOSE)


def test_adding_is_replacing_by_the_sum_and_positions_are_respected(model):
    ids, hook = some_ids(), "blocks.1.hook_resid_pre"
    change = np.random.default_rng(2).standard_normal(WIDTH).astype(np.float32)
    seen = model.capture(ids, [hook])[hook]
    added = model.logits(ids, [Intervention(hook, "add", change)])
    whole = model.logits(ids, [Intervention(hook, "replace", seen + torch.from_numpy(change))])
    torch.testing.assert_close(added, whole, **CLOSE)
    assert not torch.allclose(added, model.logits(ids), atol=1e-3)
    last = model.logits(ids, [Intervention(hook, "add", change, positions=[ids.shape[1] - 1])])
    if model.causal:
        torch.testing.assert_close(last[:, :-1], model.logits(ids)[:, :-1], **CLOSE)
    torch.testing.assert_close(
        last, model.logits(ids, [Intervention(hook, "replace", _last(seen, change))]), **CLOSE
    )


def _last(seen, change):
    changed = seen.clone()
    changed[:, -1] += torch.from_numpy(change)
    return changed


def test_padding_changes_nothing(model, tmp_path):
    lines = ["the city of a", "bad plot", "a good river town in the film is bad"]
    chosen = texts.separate(model, lines, LONGEST)
    found = written(model, chosen, [1], out=tmp_path / "acts", batch=3)
    (hook,) = found.hooks
    rows, sequence = found.array(hook), found.list("sequence")
    for i, line in enumerate(lines):
        alone = texts.separate(model, [line], LONGEST)
        seen = model.capture(alone.ids, [1])[hook].numpy()[alone.kept]
        np.testing.assert_allclose(rows[sequence == i], seen, **CLOSE)
        last = texts.separate(model, [line], LONGEST, last=True)
        assert last.count == 1 and alone.ids[last.kept][0] == alone.ids[alone.kept][-1]
    assert found.count == sum(len(line.split()) for line in lines)


def test_contexts_begin_as_texts_do_and_leave_out_what_is_skipped(model):
    chosen = texts.stream(model, [TEXT], 10, skip=3)
    begins, ends = 2, 3
    assert (chosen.ids[:, 0] == begins).all()
    inner = chosen.ids[:, 1:] if model.causal else chosen.ids[:, 1:-1]
    words = [w for i in inner.ravel() for w in [model.tokenizer.decode([i])]]
    assert words == TEXT.split()[: len(words)]
    assert not chosen.kept[:, :3].any()
    if not model.causal:
        assert (chosen.ids[:, -1] == ends).all() and not chosen.kept[:, -1].any()
    assert chosen.count == chosen.ids.shape[0] * (7 if model.causal else 6)


def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_same_bytes(
    model, tmp_path, monkeypatch
):
    monkeypatch.setattr("tegum.interop.models.activations.PART_BYTES", 2000)
    options = {"context": 10, "batch": 2}
    whole = tegum.activations(model, TEXT, [0, 1], out=tmp_path / "whole", **options)
    capture, calls = Model.capture, []

    def dies(self, ids, *rest):
        calls.append(len(ids))
        if len(calls) == 8:
            raise KeyboardInterrupt
        return capture(self, ids, *rest)

    monkeypatch.setattr(Model, "capture", dies)
    with pytest.raises(KeyboardInterrupt):
        tegum.activations(model, TEXT, [0, 1], out=tmp_path / "again", **options)
    with pytest.raises(TegumError, match="not complete"):
        open_activations(tmp_path / "again")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "again").rglob("*.safetensors")}
    calls[:] = [0] * 8
    again = tegum.activations(model, TEXT, [0, 1], out=tmp_path / "again", **options)
    assert before and all(p.stat().st_mtime_ns == t for p, t in before.items())
    assert len(calls) - 8 < len(whole.shards(whole.hooks[0])) + 2
    files = sorted(p.relative_to(whole.folder) for p in whole.folder.rglob("*") if p.is_file())
    assert files == sorted(
        p.relative_to(again.folder) for p in again.folder.rglob("*") if p.is_file()
    )
    for file in files:
        assert (whole.folder / file).read_bytes() == (again.folder / file).read_bytes()
    assert (
        tegum.activations(model, TEXT, [0, 1], out=tmp_path / "again", **options).tokens_per_second
        is None
    )


def test_what_is_written_is_mapped_and_can_be_fitted(model, tmp_path):
    found = tegum.activations(model, TEXT, ["1"], out=tmp_path / "acts", context=8)
    (hook,) = found.hooks
    assert all(isinstance(part, np.memmap) for part in found.shards(hook))
    assert found.array(hook).shape == (found.count, WIDTH)
    assert found.recipe["weights"] == model.digest
    dictionary = tegum.fit(found.path(hook), latents=8, k=2, steps=3, batch=16)
    assert dictionary is not None


def test_another_recipe_does_not_overwrite(model, tmp_path):
    tegum.activations(model, TEXT, [0], out=tmp_path / "acts", context=8)
    with pytest.raises(TegumError, match="hooks"):
        tegum.activations(model, TEXT, [1], out=tmp_path / "acts", context=8)


def test_half_precision_is_stored_where_it_is_asked_for(tmp_path):
    model = tiny("llama")
    half, whole = (
        tegum.activations(model, TEXT, [0], out=tmp_path / s, context=8, store=s)
        for s in ("float16", "float32")
    )
    hook = whole.hooks[0]
    assert half.array(hook).dtype == np.float16
    np.testing.assert_allclose(half.array(hook), whole.array(hook), rtol=1e-3, atol=1e-3)


BAD = [
    ({"layers": [9]}, "layer '9': no such hook point; valid are 0 to 2, hook_embed, and blocks"),
    ({"layers": ["blocks.0.hook_z"]}, "valid are 0 to 2"),
    ({"layers": []}, "no layer is given"),
    ({"text": "  "}, "text: empty"),
    ({"text": []}, "text: empty"),
    ({"text": "a city"}, "the text has 2 tokens, one context takes"),
    ({"text": np.full((1, 4), VOCABULARY)}, f"token {VOCABULARY} is outside the vocabulary"),
    ({"text": np.full((1, 4), -1)}, "token -1 is outside"),
    ({"text": np.zeros((1, LONGEST + 1), int)}, f"was made for {LONGEST}"),
    ({"text": np.zeros((1, 4))}, "give integers"),
    ({"text": Path("absent.txt")}, "absent.txt: cannot be read"),
    ({"context": LONGEST + 1}, "context is 33"),
    ({"batch": 0}, "give 1 or more"),
    ({"store": "float64"}, "expected one of float32, float16"),
    ({"dtype": "int8"}, "expected one of float32"),
]


@pytest.mark.parametrize(("wrong", "line"), BAD, ids=[line for _, line in BAD])
def test_bad_input_is_told_in_a_line_and_nothing_is_written(wrong, line, tmp_path, model):
    given = {"text": TEXT, "layers": [0], "context": 8} | wrong
    with pytest.raises(TegumError) as error:
        tegum.activations(model, out=tmp_path / "acts", **given)
    assert line in str(error.value) and "\n" not in str(error.value)
    assert not (tmp_path / "acts").exists()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("absent", "no such folder"),
        ("./absent/model", "no such folder"),
        ("absent.gguf", "no such file"),
    ],
)
def test_a_model_that_is_not_there(name, line):
    with pytest.raises(TegumError, match=line):
        tegum.load_model(name)


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(TegumError, match=r"no config\.json"):
        tegum.load_model(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(TegumError, match="cannot be loaded"):
        tegum.load_model(str(tmp_path))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(places, "find_spec", lambda name: None)
    with pytest.raises(TegumError, match=r"make \.venv/models"):
        tegum.load_model("smollm2-135m-instruct")


def test_interventions_that_cannot_be(model):
    for change, line in (
        (Intervention("blocks.0.hook_mlp_out", "replace"), "replace needs a value"),
        (Intervention("blocks.0.hook_mlp_out", "add", np.zeros(WIDTH + 1)), "cannot add"),
        (Intervention("blocks.7.hook_mlp_out", "ablate"), "no such hook point"),
    ):
        with pytest.raises(TegumError, match=line):
            model.logits(some_ids(), [change])
    if model.name != "bert":
        with pytest.raises(TegumError, match="hook_attn_out instead"):
            model.logits(some_ids(), [Intervention("blocks.0.hook_resid_mid", "ablate")])


def test_an_encoder_without_a_head_has_activations_and_no_logits():
    model = Model("encoder", network("bert", head=False), tokenizer("bert"))
    assert not model.causal
    assert len(model.capture(some_ids(), [0, 1])) == 2
    with pytest.raises(TegumError, match="no logits"):
        model.logits(some_ids())


def test_weights_drawn_anew_keep_shapes_and_follow_the_seed(model):
    first, again, other = (model.with_random_weights(s) for s in (0, 0, 1))
    assert first.digest == again.digest != other.digest
    shapes = [p.shape for p in model.net.parameters()]
    assert [p.shape for p in first.net.parameters()] == shapes


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_reads_a_folder_and_says_what_it_wrote(kind, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network(kind).save_pretrained(tmp_path / "model")
    tokenizer(kind).save_pretrained(tmp_path / "model")
    (tmp_path / "text.txt").write_text(TEXT)
    command = ["activations", "./model", "text.txt", "--layer", "1", "--context", "8"]
    assert cli.main([*command, "--out", "acts", "--tokens", "50"]) == 0
    said = capsys.readouterr().out
    assert "50 x 16, float32" in said and "tokens a second" in said
    found = open_activations("acts")
    loaded = tegum.load_model("./model")
    chosen = texts.stream(loaded, [TEXT], 8)
    seen = loaded.capture(chosen.ids, [1])[found.hooks[0]].numpy()[chosen.kept]
    np.testing.assert_allclose(found.array(found.hooks[0]), seen[:50], **CLOSE)
    assert cli.main([*command[:2], "absent.txt", *command[3:]]) == 1
    assert capsys.readouterr().err == (
        "error: absent.txt: cannot be read (No such file or directory)\n"
    )


def test_a_shard_of_another_shape_is_refused(tmp_path):
    model = tiny("gpt2")
    found = tegum.activations(model, TEXT, [0], out=tmp_path / "acts", context=8)
    (hook,) = found.hooks
    (file,) = found.path(hook).glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(TegumError, match="cannot be mapped"):
        found.array(hook)
    assert shards.read_index(found.folder)["recipe"]["kept"] == found.count
