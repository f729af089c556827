"""Activations and logits beside TransformerLens, of the same tiny random models.

Runs where transformer-lens is installed (`make interop`). They agree within 1e-4.
"""

from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("transformer_lens", reason="make interop installs transformer-lens")

from tiny_models import KINDS, LAYERS, LONGEST, VOCABULARY, WIDTH, network
from transformer_lens import HookedEncoder, HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained import weight_conversions as conversions
from transformers import BertForPreTraining

from tegum.interop.models import hooks
from tegum.interop.models.loaded import Intervention, Model

pytestmark = pytest.mark.filterwarnings("default")  # of transformers and TransformerLens
AGREE = {"rtol": 1e-4, "atol": 1e-4}
IDS = np.random.default_rng(1).integers(4, VOCABULARY, (3, 7))
SHAPE = {
    "n_layers": LAYERS,
    "d_model": WIDTH,
    "n_ctx": LONGEST,
    "d_vocab": VOCABULARY,
    "device": "cpu",
}
KEPT = {
    "fold_ln": False,
    "center_writing_weights": False,
    "center_unembed": False,
    "fold_value_biases": False,
}


def theirs(kind: str, net: Any) -> Any:
    if kind == "gpt2":
        config = HookedTransformerConfig(
            **SHAPE, n_heads=2, d_head=8, act_fn="gelu_new", normalization_type="LN", eps=1e-5
        )
        found = HookedTransformer(config)
        weights = conversions.convert_gpt2_weights(net, config)
        found.load_and_process_state_dict(weights, **KEPT)
        return found
    if kind == "llama":
        config = HookedTransformerConfig(
            **SHAPE,
            n_heads=4,
            d_head=4,
            d_mlp=24,
            n_key_value_heads=2,
            act_fn="silu",
            normalization_type="RMS",
            final_rms=True,
            gated_mlp=True,
            positional_embedding_type="rotary",
            rotary_dim=4,
            rotary_base=10000,
            rotary_adjacent_pairs=False,
            eps=net.config.rms_norm_eps,
        )
        config.original_architecture = "LlamaForCausalLM"
        found = HookedTransformer(config)
        weights = conversions.convert_llama_weights(net, config)
        found.load_and_process_state_dict(weights, **KEPT)
        return found
    config = HookedTransformerConfig(
        **SHAPE,
        n_heads=2,
        d_head=8,
        d_mlp=24,
        act_fn="gelu",
        normalization_type="LN",
        attention_dir="bidirectional",
        eps=net.config.layer_norm_eps,
    )
    whole = BertForPreTraining(net.config)  # theirs also wants the parts that ours has not
    whole.load_state_dict(net.state_dict(), strict=False)
    found = HookedEncoder(config)
    found.load_state_dict(conversions.convert_bert_weights(whole, config), strict=False)
    return found


@pytest.fixture(params=KINDS)
def both(request) -> tuple[Model, Any]:
    net = network(request.param)
    return Model(request.param, net, None), theirs(request.param, net).eval()


def test_every_hook_point_has_the_activation_of_the_same_name(both):
    ours, lens = both
    _, cache = lens.run_with_cache(torch.from_numpy(IDS))
    names = list(hooks.points(ours.net))
    found = ours.capture(IDS, names)
    assert list(found) == names and len(names) >= 1 + 5 * LAYERS
    for name in names:
        known = "embed.hook_embed" if name not in cache and name == "hook_embed" else name
        torch.testing.assert_close(found[name], cache[known], msg=name, **AGREE)


@pytest.mark.parametrize("how", ["replace", "add", "ablate"])
def test_interventions_give_the_logits_of_theirs(both, how):
    ours, lens = both
    change = np.random.default_rng(3).standard_normal(WIDTH).astype(np.float32)
    value = None if how == "ablate" else change
    vector = torch.from_numpy(change)

    def hook(activation, hook):
        new = {
            "replace": vector.expand_as(activation),
            "add": activation + vector,
            "ablate": torch.zeros_like(activation),
        }[how]
        changed = activation.clone()
        changed[:, 2:5] = new[:, 2:5]
        return changed

    table = hooks.points(ours.net)
    for name in [n for n, point in table.items() if point.writable and n.startswith("blocks.1.")]:
        found = ours.logits(IDS, [Intervention(name, how, value, positions=[2, 3, 4])])
        expected = lens.run_with_hooks(torch.from_numpy(IDS), fwd_hooks=[(name, hook)])
        assert not torch.allclose(found, ours.logits(IDS), atol=1e-3), name
        torch.testing.assert_close(found, expected, msg=name, **AGREE)
