"""Tiny models with random weights and a tokenizer without a vocabulary, for small scales."""

import re
import zlib
from functools import cache
from typing import Any

import torch

from tegum.interop.models.loaded import Model, load_model

NAMES = ("tiny-causal", "tiny-bidirectional")
FIRST, WORDS = 3, 509
"""Ids of words begin after padding, first and last token; words share this many."""


class HashedWords:
    """A tokenizer whose ids are digests of words."""

    bos_token_id = cls_token_id = 1
    eos_token_id = sep_token_id = 2

    def __init__(self, causal: bool) -> None:
        self._around = ([], []) if causal else ([1], [2])

    def __call__(
        self,
        text: str | list[str],
        add_special_tokens: bool = True,
        max_length: int = 2**31,
        **_: Any,
    ) -> dict[str, Any]:
        """Ids, and marks of special tokens, of one text or of several."""
        if isinstance(text, list):
            each = [self(t, add_special_tokens, max_length) for t in text]
            return {name: [e[name] for e in each] for name in each[0]}
        before, after = self._around if add_special_tokens else ([], [])
        words = re.findall(r"\w+|[^\w\s]", text)[: max_length - len(before) - len(after)]
        inner = [FIRST + zlib.crc32(word.encode()) % WORDS for word in words]
        special = [1] * len(before) + [0] * len(inner) + [1] * len(after)
        return {"input_ids": before + inner + after, "special_tokens_mask": special}


@cache
def named(name: str) -> Model:
    """One of `NAMES`, else the model of that name; loaded once in a process."""
    return tiny(name) if name in NAMES else load_model(name)


def tiny(name: str) -> Model:
    """One of `NAMES`: a Llama or a BERT of two layers, width 16; the same each time."""
    import transformers as t  # pyright: ignore[reportMissingImports]

    causal = name == "tiny-causal"
    sizes: dict[str, Any] = {
        "vocab_size": FIRST + WORDS,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 512,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net: Any
        if causal:
            net = t.LlamaForCausalLM(t.LlamaConfig(**sizes))
        else:
            net = t.BertModel(t.BertConfig(**sizes))
    return Model(name, net.eval(), HashedWords(causal), "random weights")
