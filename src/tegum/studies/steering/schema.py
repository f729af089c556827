"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import schema
from tegum.experiment.cell import SweepView
from tegum.experiment.params import Section

SCALARS = ("r2", "surgical_error", "condition")
EFFECTS = ("gain", "offtarget")


def _rows(*outer: str) -> dict[str, tuple[tuple[str, ...], Any]]:
    dims = ("cell", *outer)
    return {
        **dict.fromkeys(SCALARS, (dims, "float32")),
        "cosine": ((*dims, "vector"), "float32"),
        **dict.fromkeys(EFFECTS, ((*dims, "vector", "reader", "feature"), "float32")),
    }


SCHEMAS = {
    "fit": schema(
        "steering.fit",
        {
            **_rows(),
            "reencoding_r2": (("cell",), "float32"),
            "interference": (("cell", "shown", "feature", "feature_other"), "float32"),
        },
    ),
    "control": schema("steering.control", _rows("control")),
    "measure": schema(
        "steering.measure",
        {
            **dict.fromkeys(SCALARS, (("...", "control"), "float32")),
            "cosine": (("...", "control", "vector"), "float32"),
            **dict.fromkeys(EFFECTS, (("...", "control", "vector", "reader"), "float32")),
            "reencoding_r2": (("...",), "float32"),
            "interference": (("...", "shown", "feature", "feature_other"), "float32"),
        },
        {"overcompleteness": (("n_features",), "float64")},
    ),
}


def _overcompleteness(sweep: SweepView[Section]) -> tuple[str, list[float]]:
    cells = {cell.axes["n_features"]: cell.upstream["fit"] for cell in sweep.cells}
    ratio = [cells[g].n_features / cells[g].n_inputs for g in sweep.axes["n_features"]]
    return "n_features", ratio


ALONG = {
    "control": lambda sweep: ["none", *sweep.cells[0].upstream["control"].controls],
    "control/correlated": ["none"],
    "control/variance": ["none"],
    "interference": {"seed"},
    "overcompleteness": _overcompleteness,
    "reader": ["probes", "reencoded", "logits", "tied"],
    "shown": ["probe", "representation"],
    "vector": ["probe", "ridge", "representation", "surgical", "pattern", "mean_difference"],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
