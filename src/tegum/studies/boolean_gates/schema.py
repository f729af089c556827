"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema
from tegum.metrics.gates import QUANTILES
from tegum.theory.gates import CASES

F32 = "float32"
ERRORS: dict[str, tuple[tuple[str, ...], str]] = {
    "error_rms": (("case",), "root mean square error"),
    "error_mean": (("case",), "mean error"),
    "class_rms": (("output",), "root mean square error"),
    "error_quantile": (("output", "quantile"), "quantile of the error"),
    "histogram": (("output", "estimate"), "density of the estimates"),
    "mean_one": ((), "mean estimate where the gate is on"),
    "error_largest": ((), "largest error"),
    "threshold_error": ((), "share beyond 1/2 on the wrong side, mean of both outputs"),
    "auroc": ((), "AUROC of the estimates"),
    "count": ((), "estimates that were judged"),
}
"""What `metrics.gates` says: inner dims and long name."""
LAWS: dict[str, tuple[tuple[str, ...], str]] = {
    "law_rms": (("case",), "root mean square error, closed form"),
    "law_mean": (("case",), "mean error, closed form"),
    "law_deviation": (("case",), "deviation of the error over layers, closed form"),
}
WIRED = {"shared": ((), "neurons that serve a pair, mean")}
COORDS: Layout = {
    "case": (("case",), None, "inputs x_i x_j of the pair"),
    "output": (("output",), None, "what the gate says"),
    "quantile": (("quantile",), "float64", "share of the errors below"),
    "estimate": (("estimate",), "float64", "estimate"),
}
LABELS = {"case": list(CASES), "output": ["0", "1"], "quantile": list(QUANTILES)}


def _layout(outer: tuple[str, ...], *tables: dict[str, tuple[tuple[str, ...], str]]) -> Layout:
    return {
        name: ((*outer, *inner), F32, words)
        for table in tables
        for name, (inner, words) in table.items()
    }


ROW, BY = ("cell",), ("cell", "control")
GRID = ("...", "control")
SOME_CASES = ["error_rms", "error_mean", *LAWS]
"""NaN where a case does not occur, or has no closed form."""
MOVED: Layout = {"loss_change": (("...",), *LOSS_CHANGE)}
CIRCUIT: dict[str, tuple[tuple[str, ...], str]] = {
    "circuit_error": (("depth",), "share of inputs with a wrong bit"),
    "depth_rms": (("depth",), "root mean square error"),
    "depth_largest": (("depth",), "largest error, mean over inputs"),
}

SCHEMAS = {
    "fit/gaussian": schema(
        "boolean_gates.gaussian", _layout(ROW, ERRORS, LAWS), missing=SOME_CASES
    ),
    "fit/binary": schema(
        "boolean_gates.binary", _layout(ROW, ERRORS, LAWS, WIRED), missing=SOME_CASES
    ),
    "fit/circuit": schema("boolean_gates.circuit", _layout(ROW, CIRCUIT)),
    "control": schema("boolean_gates.control", _layout(BY, ERRORS), missing=SOME_CASES),
    "train/network": schema(
        "boolean_gates.network",
        {
            "encoder": (("cell", "input", "hidden"), F32, "weight into the hidden layer"),
            "bias": (("cell", "hidden"), F32, "bias of the hidden layer"),
            "decoder": (("cell", "hidden", "pair"), F32, "weight of the readoff"),
            "offset": (("cell", "pair"), F32, "constant of the readoff"),
            "loss_change": (ROW, *LOSS_CHANGE),
        },
    ),
    "train/compressed": schema(
        "boolean_gates.compressed",
        {
            "encoder": (("cell", "feature", "hidden"), F32, "weight into the hidden layer"),
            "decoder": (("cell", "hidden", "feature"), F32, "weight out of the hidden layer"),
            "evaluation_loss": (ROW, F32, "loss over that of one neuron per feature"),
            "loss_change": (ROW, *LOSS_CHANGE),
        },
    ),
    "measure/readoff": schema(
        "boolean_gates.readoff",
        {**_layout(GRID, ERRORS), **_layout(("...",), LAWS, WIRED)},
        optional=list(WIRED),
    ),
    "measure/circuit": schema("boolean_gates.depth", _layout(("...",), CIRCUIT)),
    "measure/network": schema(
        "boolean_gates.trained",
        {
            **_layout(GRID, ERRORS),
            **MOVED,
            "participation": (GRID, F32, "share of neurons that carry an output"),
        },
    ),
    "measure/compressed": schema(
        "boolean_gates.mixed",
        {
            **MOVED,
            "loss_ratio": (GRID, F32, "loss over that of one neuron per feature"),
            "positive_share": (GRID, F32, "share of the weights in the positive eigenspace of M"),
            "naive_ratio": (("...",), F32, "the same of one neuron per feature, with its M x"),
            "positive_rank": (("...",), F32, "share of positive eigenvalues of M"),
        },
    ),
}

ALONG = {
    "case": list(CASES),
    "output": ["0", "1"],
    "quantile": list(QUANTILES),
    "depth": list(range(1, 13)),
    "control": ["none", "permuted", "affine"],
    "control/network": ["none", "permuted", "binary"],
    "control/compressed": ["none", "untrained"],
    "shared": 0,
    "shared/binary": 1,
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
