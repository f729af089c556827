"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import schema

ROW: tuple[str, ...] = ("cell",)
LOOK = (*ROW, "checkpoint")
UNIT = (*LOOK, "hidden")
MEASURES = (
    "mcc",
    "support_f1",
    "l0",
    "fvu",
    "dead_fraction",
)

TRAIN: dict[str, tuple[tuple[str, ...], Any]] = {
    "loss": (LOOK, "float32"),
    "evaluation_loss": (LOOK, "float32"),
    "firing_fraction": (UNIT, "float32"),
    "bias": (UNIT, "float32"),
    "response_max": (UNIT, "float32"),
    "response_sum": (UNIT, "float32"),
    "response_feature": (UNIT, "float32"),
    "feature_loss": ((*ROW, "output"), "float32"),
    "feature_frequency": ((*ROW, "feature"), "float32"),
    "embedding": ((*ROW, "input", "feature"), "float32"),
}
TRAIN_COORDS: dict[str, tuple[tuple[str, ...], Any]] = {
    "step": (("checkpoint",), "int64"),
    "learning_rate_scale": (("checkpoint",), "float64"),
}
ALL = ("...",)
AT = ("...", "checkpoint")
LEVEL = (*AT, "threshold")
MEASURE: dict[str, tuple[tuple[str, ...], Any]] = {
    **dict.fromkeys(
        (
            "zero_loss",
            "null_loss",
            "linear_loss",
            "linear_loss_fitted",
            "interference",
            "n_features",
        ),
        (ALL, "float32"),
    ),
    **dict.fromkeys(
        ("loss", "evaluation_loss", "loss_ratio", "dead_share", "bias_mean"), (AT, "float32")
    ),
    **dict.fromkeys(
        (
            "n_mono",
            "mono_per_feature",
            "mono_per_neuron",
            "coverage",
            "bias_mono",
            "bias_poly",
            "bias_gap",
        ),
        (LEVEL, "float32"),
    ),
    "bias_gap_permuted": (("...", "threshold"), "float32"),
    "selectivity": (("...", "hidden"), "float32"),
    "bias": (("...", "hidden"), "float32"),
}


def _rows(*extra: str) -> dict[str, tuple[tuple[str, ...], Any]]:
    dims = (*ROW, *extra, "site")
    layout: dict[str, tuple[tuple[str, ...], Any]] = dict.fromkeys(MEASURES, (dims, "float32"))
    return layout | {"best_cosine": ((*dims, "feature"), "float32")}


SCHEMAS = {
    # A run that collapses (see claim m6) has losses and neurons that are not numbers.
    "train": schema(
        "monosemanticity.train",
        TRAIN,
        TRAIN_COORDS,
        set(TRAIN) - {"feature_frequency", "embedding"},
    ),
    "fit": schema("monosemanticity.fit", _rows()),
    "control": schema("monosemanticity.control", _rows("control")),
    "measure": schema("monosemanticity.measure", MEASURE, TRAIN_COORDS),
}
