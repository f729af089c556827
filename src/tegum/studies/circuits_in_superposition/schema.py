"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import schema

F64 = "float64"
DEPTH = ("...", "layer")
MEASURED = {
    "circuit_err": (DEPTH, F64, "error of active circuits, over their rms"),
    "law_err": (DEPTH, F64, "error of active circuits, by the law"),
    "permuted_err": (DEPTH, F64, "error when another circuit's output is read"),
    "err_quantile": (DEPTH, F64, "99th percentile of the error, over its rms"),
    "leakage": (DEPTH, F64, "rms of inactive circuits, over that of active ones"),
    "law_leakage": (DEPTH, F64, "rms of inactive circuits, by the law"),
    "used": (DEPTH, F64, "number of active circuits"),
}
LAYER = {"layer": (("layer",), None, "layers passed")}

SCHEMAS = {
    "measure/parallel": schema(
        "circuits_in_superposition.parallel",
        MEASURED | {"law_capacity": (("...",), F64, "circuits that fit, by the law")},
        LAYER,
    ),
    "measure/series": schema("circuits_in_superposition.series", MEASURED, LAYER),
}

ALONG = {"layer": list(range(9))}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
