"""Tiny models of `transformers` with random weights, and a tokenizer of words."""

from typing import Any

import torch

WORDS = ["the", "of", "a", "city", "film", "is", "in", "good", "bad", "river", "town", "plot"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
KINDS = ("gpt2", "llama", "bert")
WIDTH, LAYERS, LONGEST = 16, 3, 32
VOCABULARY = len(SPECIAL) + len(WORDS)


def network(kind: str, seed: int = 0, head: bool = True) -> Any:
    import transformers as t

    torch.manual_seed(seed)
    if kind == "gpt2":
        net: Any = t.GPT2LMHeadModel(
            t.GPT2Config(
                vocab_size=VOCABULARY, n_positions=LONGEST, n_embd=WIDTH, n_layer=LAYERS, n_head=2
            )
        )
    elif kind == "llama":
        net = t.LlamaForCausalLM(
            t.LlamaConfig(
                vocab_size=VOCABULARY,
                hidden_size=WIDTH,
                intermediate_size=24,
                num_hidden_layers=LAYERS,
                num_attention_heads=4,
                num_key_value_heads=2,
                max_position_embeddings=LONGEST,
            )
        )
    else:
        config = t.BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=WIDTH,
            intermediate_size=24,
            num_hidden_layers=LAYERS,
            num_attention_heads=2,
            max_position_embeddings=LONGEST,
        )
        net = t.BertForMaskedLM(config) if head else t.BertModel(config)
    for weight in net.parameters():  # as after training: no bias is 0, no gain 1
        with torch.no_grad():
            weight.add_(0.2 * torch.randn(weight.shape))
    return net.eval()


def tokenizer(kind: str) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    ids = {word: i for i, word in enumerate([*SPECIAL, *WORDS])}
    plain = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    if kind == "bert":
        plain.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
        names |= {"cls_token": "[CLS]", "sep_token": "[SEP]"}
    else:
        names |= {"bos_token": "[CLS]", "eos_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=plain, **names)
