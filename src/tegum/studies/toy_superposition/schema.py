"""Schemas of the study's Datasets; `...` stands for the axes of the sweep.

Rows of the tied models are the default; other models name theirs by sweep, `train/<sweep>`.
"""

from typing import Any

from tegum.labels import schema

Layout = dict[str, tuple[tuple[str, ...], Any]]

_LOOK = ("cell", "checkpoint")
STEP: Layout = {"step": (("checkpoint",), "int64")}
TRAIN: Layout = {
    "weight": (("cell", "feature", "dimension"), "float32"),
    "bias": (("cell", "feature"), "float32"),
    "evaluation_loss": (_LOOK, "float32"),
    "dimensionality": ((*_LOOK, "feature"), "float32"),
    "norm": ((*_LOOK, "feature"), "float32"),
}
_ALL, _FEATURE = ("...",), ("...", "feature")
MEASURE: Layout = {
    "weight": (("...", "feature", "dimension"), "float32"),
    "bias": (_FEATURE, "float32"),
    "evaluation_loss": (("...", "checkpoint"), "float32"),
    "loss_ratio": (("...", "checkpoint"), "float32"),
    **dict.fromkeys(("norm", "dimensionality"), (("...", "checkpoint", "feature"), "float32")),
    **dict.fromkeys(("superposition", "component", "importance"), (_FEATURE, "float32")),
    **dict.fromkeys(
        (
            "n_represented",
            "dimensions_per_feature",
            "sum_dimensionality",
            "benefit",
            "interference",
            "one_sparse_loss",
        ),
        (_ALL, "float32"),
    ),
}

SCHEMAS = {
    "train": schema("toy_superposition.train", TRAIN, STEP),
    "measure": schema("toy_superposition.measure", MEASURE, STEP),
}
