"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema

DICTIONARY = ("fvu", "l0", "dead_fraction")
RECOVERED = ("cross_entropy_recovered", "loss_recovered")
REGRESSION = ("loss", "bound", "loss_ratio")
SOFTMAX = (
    "divergence",
    "recall",
    "readout_least_cosine",
    "readout_mean_cosine",
    "hull_share",
)


def _layout(names: tuple[str, ...], *dims: str) -> Layout:
    return dict.fromkeys(names, (dims, "float32"))


def _fitted(names: tuple[str, ...], *outer: str) -> Layout:
    dims = ("cell", *outer)
    return {**_layout(names, *dims), "loss_change": (dims, *LOSS_CHANGE)}


MOVED: Layout = {"loss_change": (("...",), *LOSS_CHANGE)}
GEOMETRY: Layout = {
    **MOVED,
    **_layout(("norm", "dimensionality"), "...", "control", "feature"),
    **_layout(("least_cosine", "mean_cosine"), "...", "control"),
    **_layout(("angle_density",), "...", "control", "angle"),
    **_layout(("gram",), "...", "control", "feature", "feature_other"),
}
TIED = {**GEOMETRY, **_layout(REGRESSION, "...", "control")}
EXCLUSIVE = {**GEOMETRY, **_layout(SOFTMAX, "...", "control")}
SERVED = (*DICTIONARY, *RECOVERED)

SCHEMAS = {
    "train": schema(
        "readout.train",
        {
            "weight": (("cell", "feature", "dimension"), "float32", "embedding of a feature"),
            "unembedding": (("cell", "feature", "dimension"), "float32", "readout of a feature"),
            "bias": (("cell", "feature"), "float32", "bias"),
            "loss_change": (("cell",), *LOSS_CHANGE),
        },
    ),
    "train/hidden": schema(
        "readout.train_hidden",
        {
            "encoder": (("cell", "feature", "hidden"), "float32", "weight into the hidden layer"),
            "hidden_bias": (("cell", "hidden"), "float32", "bias of the hidden layer"),
            "unembedding": (
                ("cell", "hidden", "feature"),
                "float32",
                "weight from the hidden layer to a logit",
            ),
            "bias": (("cell", "feature"), "float32", "bias of a logit"),
            "loss_change": (("cell",), *LOSS_CHANGE),
        },
    ),
    "fit": schema("readout.fit", _fitted(DICTIONARY)),
    "fit/hidden": schema("readout.fit_hidden", _fitted(SERVED)),
    "control": schema("readout.control", _fitted(DICTIONARY, "control")),
    "control/hidden": schema("readout.control_hidden", _fitted(SERVED, "control")),
    "measure": schema("readout.measure", TIED),
    "measure/softmax": schema("readout.measure_softmax", EXCLUSIVE),
    "measure/threshold": schema("readout.measure_softmax", EXCLUSIVE),
    "measure/expansion": schema(
        "readout.measure_expansion", {**MOVED, **_layout(DICTIONARY, "...", "control")}
    ),
    "measure/hidden": schema(
        "readout.measure_hidden", {**MOVED, **_layout(SERVED, "...", "control")}
    ),
}

ALONG = {
    "angle": [10.0, 45.0, 80.0],
    "control": ["none", "untrained"],
    "control/expansion": ["none", "gaussian"],
    "control/hidden": ["none", "gaussian"],
    "gram": {"seed"},
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
