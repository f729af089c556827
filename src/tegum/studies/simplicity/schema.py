"""What is measured: dims, type, name and units of every variable."""

from tegum.data.schema import LOSS_CHANGE, schema
from tegum.metrics.learning_coefficient import PARTS
from tegum.metrics.simplicity_bias import MEASURED
from tegum.theory.regions import LANGUAGES

F64, F32 = "float64", "float32"
ROW, RANK = ("...",), ("...", "function_rank")
COEFFICIENT = {
    "llc": (("...", "chain"), F64, "local learning coefficient"),
    "rhat": (ROW, F64, "R-hat of the losses"),
}
TRACE = {"trace": (("...", "part"), F64, "loss above the start times n beta, part of the draws")}

SCHEMAS = {
    "measure/functions": schema(
        "simplicity.functions",
        {
            "prob": (RANK, F32, "probability P"),
            "complexity": (RANK, F32, "Lempel-Ziv complexity K", "bits"),
            **{name: (ROW, F64, *words) for name, words in MEASURED.items()},
        },
    ),
    "measure/region": schema(
        "simplicity.region",
        {
            "volume_bits": (ROW, F64, "log2(1 / volume)", "bits"),
            "bits": (("...", "language"), F64, "bits that specify the region", "bits"),
            "named_bits": (("...", "language"), F64, "the same, cells between powers of 2", "bits"),
        },
        {"language": (("language",), None, "language")},
    ),
    "measure/limit": schema(
        "simplicity.limit",
        {
            "expected": (ROW, F64, "n beta times the expected loss"),
            "rlct": (ROW, F64, "real log canonical threshold"),
            "multiplicity": (ROW, F64, "its multiplicity"),
        },
    ),
    "measure/crossing": schema(
        "simplicity.crossing",
        {
            **COEFFICIENT,
            "expected": (ROW, F64, "the same for infinitely small steps, by integration"),
            "discretised": (ROW, F64, "the same for steps of this size; 0-1 only"),
            "stiffness": (ROW, F64, "step x n beta x curvature / 2"),
            "rlct": (ROW, F64, "real log canonical threshold"),
            "multiplicity": (ROW, F64, "its multiplicity"),
        },
    ),
    "measure/linear": schema(
        "simplicity.linear",
        {
            **COEFFICIENT,
            **TRACE,
            "rlct": (ROW, F64, "real log canonical threshold"),
            "half_parameters": (ROW, F64, "half the number of parameters"),
        },
    ),
    "measure/solutions": schema(
        "simplicity.solutions",
        {
            **COEFFICIENT,
            **TRACE,
            "half_parameters": (ROW, F64, "half the number of parameters"),
            "loss": (ROW, F64, "squared error of a sample"),
            "mono_share": (ROW, F64, "share of monosemantic neurons"),
            "silent_share": (ROW, F64, "share of neurons that no feature makes fire"),
            "loss_change": (ROW, *LOSS_CHANGE),
        },
    ),
}
ALONG = {"language": list(LANGUAGES), "chain": 4, "part": PARTS, "function_rank": 8}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
