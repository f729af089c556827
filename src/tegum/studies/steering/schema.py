"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.layouts import along, with_none
from tegum.data.schema import Layout, schema
from tegum.experiment.cell import SweepView
from tegum.experiment.params import Section

F32 = "float32"
EFFECT = ("vector", "reader", "feature")
MEASURES: Layout = {
    "r2": ((), F32, "held-out R² of the probes"),
    "surgical_error": ((), F32, "largest distance of a surgical from its representation vector"),
    "condition": ((), F32, "condition number of the probes"),
    "cosine": (("vector",), F32, "cos with the representation vector"),
    "gain": (EFFECT, F32, "on-target effect"),
    "offtarget": (EFFECT, F32, "off-target effect"),
}
"""What is measured of vectors, under controls too."""
WORLD: Layout = {
    "reencoding_r2": ((), F32, "held-out R² of the re-encoding"),
    "interference": (
        ("shown", "feature", "feature_other"),
        F32,
        "effect on a probe / on the own one",
    ),
}

SCHEMAS = {
    "fit": schema("steering.fit", along({**MEASURES, **WORLD}, "cell")),
    "control": schema("steering.control", along(MEASURES, "cell", "control")),
    "measure": schema(
        "steering.measure",
        {**along(MEASURES, "...", "control", without="feature"), **along(WORLD, "...")},
        {"overcompleteness": (("n_features",), "float64")},
    ),
}


def overcompleteness(sweep: SweepView[Section]) -> tuple[str, list[float]]:
    """The axis of features, and features per dimension along it."""
    cells = {cell.axes["n_features"]: cell.upstream["fit"] for cell in sweep.cells}
    ratio = [cells[g].n_features / cells[g].n_inputs for g in sweep.axes["n_features"]]
    return "n_features", ratio


ALONG = {
    "control": with_none,
    "control/correlated": ["none"],
    "control/variance": ["none"],
    "interference": {"seed"},
    "overcompleteness": overcompleteness,
    "reader": ["probes", "reencoded", "logits", "tied"],
    "shown": ["probe", "representation"],
    "vector": ["probe", "ridge", "representation", "surgical", "pattern", "mean_difference"],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
