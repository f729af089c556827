"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema
from tegum.metrics import gate_circuits
from tegum.metrics.gates import CENTRES, DENSITY, ERRORS, LAWS, QUANTILES, Words
from tegum.models import random_layers
from tegum.theory.gates import CASES

F32 = "float32"
WIRED: Words = {"shared": ((), "neurons that serve a pair, mean")}
LABELS = {
    "case": list(CASES),
    "output": ["0", "1"],
    "quantile": list(QUANTILES),
    "estimate": CENTRES.tolist(),
}
"""What stands along inner dims."""


def _layout(outer: tuple[str, ...], *tables: Words) -> Layout:
    return {
        name: ((*outer, *inner), F32, words)
        for table in tables
        for name, (inner, words) in table.items()
    }


ROW, BY, ALL, GRID = ("cell",), ("cell", "control"), ("...",), ("...", "control")
SOME_CASES = ["error_rms", "error_mean", *LAWS]
"""NaN where a case does not occur, or has no closed form."""
MOVED: Words = {"loss_change": ((), LOSS_CHANGE[1])}
COMPRESSED: Words = {
    "encoder": (("feature", "hidden"), "weight into the hidden layer"),
    "decoder": (("hidden", "feature"), "weight out of the hidden layer"),
    "evaluation_loss": ((), "loss over that of one neuron per feature"),
}
MIXED: Words = {
    "loss_ratio": ((), "loss over that of one neuron per feature"),
    "positive_share": ((), "share of the weights in the positive eigenspace of M"),
}
MIXING: Words = {
    "naive_ratio": ((), "the same of one neuron per feature, with its M x"),
    "positive_rank": ((), "share of positive eigenvalues of M"),
}

LAYOUTS: dict[str, Layout] = {
    "fit/gaussian": _layout(ROW, ERRORS, LAWS),
    "fit/binary": _layout(ROW, ERRORS, LAWS, WIRED),
    "fit/circuit": _layout(ROW, gate_circuits.ERRORS),
    "control": _layout(BY, ERRORS),
    "train/network": _layout(ROW, random_layers.WORDS, MOVED),
    "train/compressed": _layout(ROW, COMPRESSED, MOVED),
    "measure/readoff": {**_layout(GRID, ERRORS), **_layout(ALL, LAWS, WIRED)},
    "measure/circuit": _layout(ALL, gate_circuits.ERRORS),
    "measure/network": {**_layout(GRID, ERRORS, DENSITY), **_layout(ALL, MOVED)},
    "measure/compressed": {**_layout(GRID, MIXED), **_layout(ALL, MIXING, MOVED)},
}
SCHEMAS = {
    kind: schema(
        f"boolean_gates.{kind}",
        layout,
        missing=None if kind.startswith("measure/") else SOME_CASES,
        optional=WIRED if kind == "measure/readoff" else (),
    )
    for kind, layout in LAYOUTS.items()
}

ALONG = LABELS | {
    "depth": list(range(1, 13)),
    "control": ["none", "permuted", "affine"],
    "control/network": ["none", "permuted", "binary"],
    "control/compressed": ["none", "untrained"],
    "shared": 0,
    "shared/binary": 1,
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
