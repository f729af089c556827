"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import schema

READ: dict[str, tuple[str, ...]] = {
    "accuracy": ("control", "reader", "threshold"),
    "balanced_accuracy": ("control", "reader", "threshold"),
    "accuracy_disagreeing": ("control", "reader", "threshold"),
    "auroc": ("control", "reader"),
    "cos_logistic": ("reader",),
    "loss": ("try",),
}
"""What is kept of `tegum.probes.readers.MEASURES`, and its inner dims."""
OWN: dict[str, str] = {
    "available": "whether the extra `models` was installed",
    "zero_shot": "accuracy of the difference of the two tokens' logits",
    "zero_shot_calibrated": "the same, cut at the median of the pairs to fit on",
    "top_variance": "share of the differences' variance along their top component",
    "truth_variance": "share of the differences' variance along the supervised direction",
    "loss_from_truth": "CCS loss of a probe that started at the supervised direction",
    "accuracy_from_truth": "accuracy of that probe",
}
"""What else is measured of each cell, and its long name."""
ROWS: dict[str, tuple[Any, ...]] = {
    **{name: (("cell", *inner), "float32") for name, inner in READ.items()},
    **{name: (("cell",), "float32", text, "1") for name, text in OWN.items()},
}
GRID: dict[str, tuple[Any, ...]] = {
    name: (("...", *dims[1:]), *rest) for name, (dims, *rest) in ROWS.items()
}
DIGITS = 13
"""Hexadecimal digits of a digest that a double holds."""

SCHEMAS = {
    "generate": schema(
        "real_contrast.generate",
        {
            "available": (("cell",), "int8", OWN["available"], "1"),
            "label": (("cell", "pair"), "int8", "whether yes is right", "1"),
            "distractor": (("cell", "pair"), "int8", "word list: yes 1, no 0, none -1", "1"),
            "margin": (("cell", "pair"), "float32", "logit of yes minus logit of no", "1"),
            "digest": (("cell",), "float64", "first 52 bits of the digest of the states", "1"),
        },
        missing=("margin",),
    ),
    "fit": schema("real_contrast.fit", ROWS, missing=ROWS),
    "control": schema("real_contrast.control", ROWS, missing=ROWS),
    "measure": schema("real_contrast.measure", GRID),
}

ALONG = {
    "available": [1.0],
    "control": ["none", "shuffled"],
    "control/weights_causal": ["none", "shuffled", "weights drawn anew"],
    "control/weights_bidirectional": ["none", "shuffled", "weights drawn anew"],
    "reader": ["ccs", "tpc", "kmeans", "gmm", "logistic", "ccs_untrained", "random"],
    "threshold": ["zero", "otsu"],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
