"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema

F32 = "float32"
DICTIONARY = ("fvu", "l0", "dead_fraction")
RECOVERED = {
    "cross_entropy_recovered": "share of the cross-entropy recovered",
    "loss_recovered": "share of the head's own loss recovered",
}
SERVED = (*DICTIONARY, *RECOVERED)
_FEATURE, _BY = ("cell", "feature"), ("...", "control")


def _dictionaries(names: tuple[str, ...], *dims: str) -> Layout:
    return dict.fromkeys(names, (dims, F32))


def _fitted(names: tuple[str, ...], *outer: str) -> Layout:
    """Of dictionaries as rows, each with its convergence."""
    dims = ("cell", *outer)
    return {**_dictionaries(names, *dims), "loss_change": (dims, *LOSS_CHANGE)}


MODEL: Layout = {
    "weight": ((*_FEATURE, "dimension"), F32, "embedding of a feature"),
    "bias": (_FEATURE, F32, "bias"),
    "loss_change": (("cell",), *LOSS_CHANGE),
}
MOVED: Layout = {"loss_change": (("...",), *LOSS_CHANGE)}
GEOMETRY: Layout = {
    **MOVED,
    "norm": ((*_BY, "feature"), F32, "norm of the embedding"),
    "dimensionality": ((*_BY, "feature"), F32, "feature dimensionality"),
    "least_cosine": (_BY, F32, "least cosine"),
    "mean_cosine": (_BY, F32, "mean |cos|"),
    "angle_density": ((*_BY, "angle"), F32, "density of angles (1/degree)"),
    "gram": ((*_BY, "feature", "feature_other"), F32, "W_i . W_j / mean |W|^2"),
}
REGRESSION: Layout = {
    "loss": (_BY, F32, "mean squared error"),
    "bound": (_BY, F32, "bound of principal components"),
    "loss_ratio": (_BY, F32, "loss / bound of principal components"),
}
EXCLUSIVE: Layout = {
    "divergence": (_BY, F32, "KL to the target / ln(n/k)"),
    "recall": (_BY, F32, "top-k recall"),
    "readout_least_cosine": (_BY, F32, "least cosine of the centred readouts"),
    "readout_mean_cosine": (_BY, F32, "mean |cos| of the centred readouts"),
    "hull_share": (_BY, F32, "share of readouts on their convex hull"),
}

SCHEMAS = {
    "train/tied": schema("readout.tied", MODEL),
    "train/softmax": schema(
        "readout.softmax",
        {**MODEL, "unembedding": ((*_FEATURE, "dimension"), F32, "readout of a feature")},
    ),
    "train/hidden": schema(
        "readout.hidden",
        {
            "encoder": ((*_FEATURE, "hidden"), F32, "weight into the hidden layer"),
            "hidden_bias": (("cell", "hidden"), F32, "bias of the hidden layer"),
            "unembedding": (
                ("cell", "hidden", "feature"),
                F32,
                "weight from the hidden layer to a logit",
            ),
            "bias": (_FEATURE, F32, "bias of a logit"),
            "loss_change": (("cell",), *LOSS_CHANGE),
        },
    ),
    "fit/synthetic": schema("readout.fit_synthetic", _fitted(DICTIONARY)),
    "fit/hidden": schema("readout.fit_hidden", _fitted(SERVED)),
    "control/synthetic": schema("readout.control_synthetic", _fitted(DICTIONARY, "control")),
    "control/hidden": schema("readout.control_hidden", _fitted(SERVED, "control")),
    "measure/tied": schema("readout.measure_tied", {**GEOMETRY, **REGRESSION}),
    "measure/softmax": schema("readout.measure_softmax", {**GEOMETRY, **EXCLUSIVE}),
    "measure/synthetic": schema(
        "readout.measure_synthetic", {**MOVED, **_dictionaries(DICTIONARY, *_BY)}
    ),
    "measure/hidden": schema("readout.measure_hidden", {**MOVED, **_dictionaries(SERVED, *_BY)}),
}

ALONG = {
    "angle": [10.0, 45.0, 80.0],
    "control": ["none", "untrained"],
    "control/expansion": ["none", "gaussian"],
    "control/hidden": ["none", "gaussian"],
    "gram": {"seed"},
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
