"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import LOSS_CHANGE, schema

SET = ("control", "reader", "normalisation")
INNER: dict[str, tuple[str, ...]] = {
    "accuracy": (*SET, "threshold"),
    "balanced_accuracy": (*SET, "threshold"),
    "accuracy_distractor": (*SET, "threshold"),
    "accuracy_disagreeing": (*SET, "threshold"),
    "auroc": SET,
    "flipped": SET[:2],
    "cos_truth": SET[1:2],
    "cos_distractor": SET[1:2],
    "cos_logistic": SET[1:2],
    "difference": (),
    "loss": ("try",),
    "try_accuracy": ("try",),
    "try_accuracy_distractor": ("try",),
    "histogram": ("reader", "label", "bin"),
    "cut": ("reader",),
}
THEORY = ("majority", "expected_accuracy", "expected_sampled", "expected_cos", "ceiling")
ROWS: dict[str, tuple[tuple[str, ...], Any]] = {
    name: (("cell", *inner), "float32") for name, inner in INNER.items()
}
# A direction may be unknown, or not there: MLP probes, models, members that are equal.
UNKNOWN = {name for name in INNER if name.startswith(("cos_", "accuracy_dis"))}

SCHEMAS = {
    "train": schema(
        "contrast_pairs.train",
        {
            "loss": (("cell", "checkpoint"), "float32", "training loss", "nat"),
            "loss_change": (("cell",), *LOSS_CHANGE),
        },
    ),
    "fit": schema("contrast_pairs.fit", ROWS, missing=UNKNOWN),
    "control": schema("contrast_pairs.control", ROWS, missing=UNKNOWN),
    "measure": schema(
        "contrast_pairs.measure",
        {name: (("...", *inner), "float32") for name, inner in INNER.items()}
        | dict.fromkeys(THEORY, (("...",), "float32")),
    ),
}

ALONG = {
    "bin": [-1.0, 0.0, 1.0],
    "control": ["none", "shuffled"],
    "control/attention": ["none", "shuffled", "untrained"],
    "label": ["false", "true"],
    "normalisation": ["train", "test"],
    "reader": ["ccs", "tpc", "kmeans", "gmm", "logistic", "ccs_untrained", "random"],
    "threshold": ["zero", "otsu"],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
