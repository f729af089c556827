"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import CHANGES, LOSS_CHANGE, Layout, schema

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

TRAIN: Layout = {
    "loss": (LOOK, "float32", "training loss"),
    "evaluation_loss": (LOOK, "float32", "evaluation loss"),
    "firing_fraction": (UNIT, "float32", "share of samples"),
    "bias": (UNIT, "float32", "bias"),
    "response_max": (UNIT, "float32", "largest response"),
    "response_sum": (UNIT, "float32", "summed responses"),
    "response_feature": (UNIT, "float32", "strongest feature"),
    "feature_loss": ((*ROW, "output"), "float32", "loss of an output"),
    "null_loss": ((*ROW, "output"), "float32", "loss of the mean of an output"),
    "loss_change": (ROW, *LOSS_CHANGE),
    "feature_frequency": ((*ROW, "feature"), "float32", "probability of a feature"),
    "embedding": ((*ROW, "input", "feature"), "float32", "embedding of the features"),
}
WEIGHTS: Layout = {
    "encoder": ((*ROW, "hidden", "input"), "float32", "encoder weight"),
    "decoder": ((*ROW, "output", "hidden"), "float32", "decoder weight"),
}
TRAIN_COORDS: Layout = {
    "step": (("checkpoint",), "int64", "step"),
    "learning_rate_scale": (("checkpoint",), "float64", "scale of the learning rate"),
}
ALL = ("...",)
AT = ("...", "checkpoint")
LEVEL = (*AT, "threshold")
MEASURE: Layout = {
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
    **dict.fromkeys(("bias_gap_permuted", "shared_share"), (("...", "threshold"), "float32")),
    "ignored_share": (ALL, "float32"),
    "loss_change": (ALL, *LOSS_CHANGE),
    "selectivity": (("...", "hidden"), "float32"),
    "bias": (("...", "hidden"), "float32"),
}


def _rows(*extra: str) -> Layout:
    dims = (*ROW, *extra, "site")
    return {
        **dict.fromkeys(MEASURES, (dims, "float32")),
        **{name: (dims, *of) for name, of in CHANGES.items()},
        "best_cosine": ((*dims, "feature"), "float32"),
    }


# A run that collapses (see claim m6) has losses and neurons that are not numbers.
MISSING = set(TRAIN) - {"feature_frequency", "embedding"}
WITH_WEIGHTS = schema("monosemanticity.train", {**TRAIN, **WEIGHTS}, TRAIN_COORDS, MISSING)

SCHEMAS = {
    "train": schema("monosemanticity.train", TRAIN, TRAIN_COORDS, MISSING),
    "fit": schema("monosemanticity.fit", _rows()),
    "control": schema("monosemanticity.control", _rows("control")),
    "measure": schema("monosemanticity.measure", MEASURE, TRAIN_COORDS),
}

OF_MODELS: Layout = {
    **dict.fromkeys(
        (
            "poly_rank",
            "poly_rank_untrained",
            "poly_trace",
            "noise_response_mono",
            "noise_response_poly",
            "noise_response_permuted",
        ),
        (ALL, "float32"),
    ),
    "singular_value": (("...", "rank"), "float32"),
    "response": (("...", "hidden", "feature"), "float32"),
}
"""What is measured of models whose weights are kept."""
OF_DICTIONARIES: Layout = {
    **dict.fromkeys(MEASURES, (("...", "control", "site"), "float32")),
    "best_cosine": (("...", "control", "site", "feature"), "float32"),
    "mcc_change": (ALL, *CHANGES["mcc_change"]),
}
MORE = {**OF_MODELS, **OF_DICTIONARIES}
# The definition of SCHEMAS is part of what rows depend on; this is not.
SCHEMAS["measure"] = schema(
    "monosemanticity.measure", {**MEASURE, **MORE}, TRAIN_COORDS, optional=MORE
)

_MODELS = set(MEASURE) - {"loss_change"} | set(OF_MODELS)
ALONG = {
    "control/dictionaries": lambda sweep: ["none", *sweep.cells[0].upstream["control"].controls],
    "site": ["input", "hidden"],
    "threshold": lambda sweep: list(sweep.params.thresholds),
    **dict.fromkeys(MORE, 0),
    **{f"{name}/dictionaries": set() for name in OF_DICTIONARIES},
    **{f"{name}/dictionaries": {"architecture"} for name in _MODELS},
    "response/dictionaries": {"architecture", "seed"},
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
