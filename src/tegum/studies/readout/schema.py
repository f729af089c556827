"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import schema

Layout = dict[str, tuple[tuple[str, ...], Any]]
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


GEOMETRY: Layout = {
    **_layout(("norm", "dimensionality"), "...", "control", "feature"),
    **_layout(("least_cosine", "mean_cosine"), "...", "control"),
    **_layout(("angle_density",), "...", "control", "angle"),
    **_layout(("gram",), "...", "control", "feature", "feature_other"),
}
TIED = GEOMETRY | _layout(REGRESSION, "...", "control")
EXCLUSIVE = GEOMETRY | _layout(SOFTMAX, "...", "control")
SERVED = (*DICTIONARY, *RECOVERED)

SCHEMAS = {
    "train": schema(
        "readout.train",
        {
            **_layout(("weight", "unembedding"), "cell", "feature", "dimension"),
            **_layout(("bias",), "cell", "feature"),
        },
    ),
    "train/hidden": schema(
        "readout.train_hidden",
        {
            **_layout(("encoder",), "cell", "feature", "hidden"),
            **_layout(("hidden_bias",), "cell", "hidden"),
            **_layout(("unembedding",), "cell", "hidden", "feature"),
            **_layout(("bias",), "cell", "feature"),
        },
    ),
    "fit": schema("readout.fit", _layout(DICTIONARY, "cell")),
    "fit/hidden": schema("readout.fit_hidden", _layout(SERVED, "cell")),
    "control": schema("readout.control", _layout(DICTIONARY, "cell", "control")),
    "control/hidden": schema("readout.control_hidden", _layout(SERVED, "cell", "control")),
    "measure": schema("readout.measure", TIED),
    "measure/softmax": schema("readout.measure_softmax", EXCLUSIVE),
    "measure/threshold": schema("readout.measure_softmax", EXCLUSIVE),
    "measure/expansion": schema("readout.measure_expansion", _layout(DICTIONARY, "...", "control")),
    "measure/hidden": schema("readout.measure_hidden", _layout(SERVED, "...", "control")),
}
