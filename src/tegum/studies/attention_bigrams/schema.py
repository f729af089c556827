"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, schema

F64, F32 = "float64", "float32"
CONTROLS = ("none", "permuted", "shifted")
"""`permuted`: the matrix holds the bigrams with their queries exchanged. `shifted`: all features
share a mean direction, so that noise adds up."""
HEADS = ("trained", "untrained", "permuted", "built", "projected")
"""`permuted`: trained, and asked for exchanged bigrams. `built`: a dimension to each bigram, or
random directions where there are too few. `projected`: the sum, through a random projection."""

SCHEMAS = {
    "train": schema(
        "attention_bigrams.train",
        {
            "key": (("cell", "head_dim", "input"), F32, "map of the keys"),
            "query": (("cell", "head_dim", "input"), F32, "map of the query"),
            "loss": (("cell", "checkpoint"), F32, "training loss", "nat"),
            "loss_change": (("cell",), *LOSS_CHANGE),
        },
    ),
    "measure/built": schema(
        "attention_bigrams.built",
        {
            "err_std": (("...", "control"), F64, "standard deviation of the score noise"),
            "law_std": (("...",), F64, "the same, by the law"),
            "attn_hit": (("...", "control"), F64, "argmax hit rate"),
            "law_hit": (("...",), F64, "argmax hit rate by the law"),
            "chance": (("...",), F64, "argmax hit rate of scores that tell nothing"),
            "attn_mass": (("...", "control", "beta"), F64, "attention on the best keys"),
            "attn_mass_cold": (("...", "control"), F64, "attention on them at temperature 0"),
            "tie_share": (("...", "beta"), F64, "share of the larger of two tied keys"),
            "law_share": (("...", "beta"), F64, "the same, by the law"),
            "tie_share_exact": (("...",), F64, "the same at temperature 0, without noise"),
            "law_capacity": (("...",), F64, "bigrams at a hit rate of 0.9, by the law"),
        },
        {
            "control": (("control",), None, "control"),
            "beta": (("beta",), None, "inverse temperature"),
        },
    ),
    "measure/exclusive": schema(
        "attention_bigrams.exclusive",
        {
            "misses": (("...",), F64, "query tokens whose largest score is no match"),
            "gap": (("...",), F64, "least lead of the match"),
            "law_gap": (("...",), F64, "least lead of the match, by the law"),
            "beta_needed": (("...",), F64, "inverse temperature for the attention wanted"),
            "law_beta": (("...",), F64, "the same, by the law"),
            "hit_alone": (("...",), F64, "argmax hit rate, one token at a time"),
            "hit_together": (("...",), F64, "argmax hit rate, several at a time"),
        },
    ),
    "measure/trained": schema(
        "attention_bigrams.trained",
        {
            "attn_hit": (("...", "heads"), F64, "argmax hit rate"),
            "overlap": (("...", "heads"), F64, "mean squared cosine of two bigrams in the head"),
            "match_cosine": (("...", "heads"), F64, "cosine of key and query of a bigram"),
            "law_overlap": (("...",), F64, "least overlap (Welch bound)"),
            "random_overlap": (("...",), F64, "overlap of random directions, 1/h"),
            "loss_change": (("...",), *LOSS_CHANGE),
        },
        {"heads": (("heads",), None, "head")},
    ),
}

ALONG = {
    "control": list(CONTROLS),
    "beta": [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0],
    "heads": list(HEADS),
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
