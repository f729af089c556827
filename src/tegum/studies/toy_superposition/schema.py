"""Schemas of the study's Datasets; `...` stands for the axes of the sweep.

Rows of the tied models are the default; other models name theirs by sweep, `train/<sweep>`.
"""

from typing import Any

from tegum.data.schema import schema

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

_BY = ("...", "control")
TRAIN_NEURONS: Layout = {
    "encoder": (("cell", "hidden", "feature"), "float32"),
    "decoder": (("cell", "feature", "hidden"), "float32"),
    **dict.fromkeys(
        ("bias", "feature_loss", "untrained_feature_loss"), (("cell", "feature"), "float32")
    ),
    "restart_loss": (("cell", "restart"), "float32"),
}
MEASURE_NEURONS: Layout = {
    "gain": (("...", "hidden", "feature"), "float32"),
    "participation": ((*_BY, "hidden"), "float32"),
    "feature_loss_ratio": (_FEATURE, "float32"),
    "restart_loss_ratio": (("...", "restart"), "float32"),
    **dict.fromkeys(("n_computed", "loss_ratio", "untrained_loss_ratio"), (_ALL, "float32")),
    **dict.fromkeys(
        (
            "n_mono",
            "n_poly",
            "n_represented",
            "n_shared",
            "distinct_pairs",
            "sign_pairs",
            "n_motif",
            "rank_mono",
            "rank_poly",
        ),
        (_BY, "float32"),
    ),
}
NEURON_SWEEPS = ("abs_small", "abs_large", "abs_start", "abs_warm", "hidden_relu")

SCHEMAS = {
    "train": schema("toy_superposition.train", TRAIN, STEP),
    "measure": schema("toy_superposition.measure", MEASURE, STEP),
    **{f"train/{s}": schema("toy_superposition.neurons", TRAIN_NEURONS) for s in NEURON_SWEEPS},
    **{
        f"measure/{s}": schema("toy_superposition.measure_neurons", MEASURE_NEURONS)
        for s in NEURON_SWEEPS
    },
}
