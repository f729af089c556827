"""What is measured: dims, type, name and units of every variable."""

from tegum.data.schema import LOSS_CHANGE, schema
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
            "constant_0": (ROW, F64, "probability of the constant 0"),
            "constant_1": (ROW, F64, "probability of the constant 1"),
            "next_most": (ROW, F64, "probability of the most frequent other function"),
            "mean_complexity": (ROW, F64, "mean K of functions that are not constant", "bits"),
            "shuffled_complexity": (ROW, F64, "the same, values shuffled over inputs", "bits"),
            "random_complexity": (ROW, F64, "mean K of random strings", "bits"),
            "correlation": (ROW, F64, "rank correlation of log P and K, frequent functions"),
            "shuffled_correlation": (ROW, F64, "the same, K shuffled over functions"),
            "n_frequent": (ROW, F64, "frequent functions that are not constant"),
            "bound_slope": (ROW, F64, "slope a of the bound"),
            "bound_offset": (ROW, F64, "offset b of the bound", "bits"),
            "envelope_slope": (ROW, F64, "slope of the largest log2 P by K"),
            "bound_gap": (ROW, F64, "mean distance below the bound, frequent functions", "bits"),
            "span": (ROW, F64, "log2 of the largest over the smallest frequent P", "bits"),
            "n_judged": (ROW, F64, "simple functions whose distance below the bound shows"),
            "simple_far": (ROW, F64, "share of these that are far below the bound"),
            "drawn_far": (ROW, F64, "share of the frequent functions that are as simple"),
            "simple_drawn": (ROW, F64, "share of simple functions that were drawn"),
            "law_distance": (ROW, F64, "distance of the numbers of ones from a uniform law"),
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
ALONG = {"language": list(LANGUAGES), "chain": 4, "part": 16, "function_rank": 8}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
