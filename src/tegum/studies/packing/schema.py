"""What each kind of measurement writes; what is infeasible is NaN, everything is dimensionless."""

from tegum.data.schema import schema

F64 = "float64"
FORM, CONFIGURATION = ("...", "jl_form"), ("...", "configuration")

SCHEMAS = {
    "measure/bound": schema(
        "packing.bound",
        {
            "eps": ((*FORM, "k"), F64, "bound on |cos| within a factor"),
            "loss_norm": ((*FORM, "k"), F64, "loss L(k) / L(1)"),
            "dlogL_dlogk": ((*FORM, "k"), F64, "slope d log L / d log k"),
            "k_opt": (FORM, F64, "best number of factors"),
            "eps_opt": (FORM, F64, "bound on |cos| at the best k"),
            "k_max": (FORM, F64, "largest feasible number of factors"),
            "alpha_c": (FORM, F64, "critical moment alpha_c"),
            "alpha_c_local": (FORM, F64, "moment at which L(k) is flat at k = 1"),
            "k_opt_near": (("...", "distance"), F64, "best number of factors near alpha_c"),
        },
        {
            "jl_form": (("jl_form",), None, "form of the bound"),
            "k": (("k",), F64, "number of factors k"),
            "distance": (("distance",), F64, "distance of alpha below alpha_c"),
        },
    ),
    "measure/pairs": schema(
        "packing.pairs",
        {
            "pairs_tegum": (("...",), F64, "orthogonal ordered pairs, tegum product"),
            "pairs_sets": (("...",), F64, "orthogonal ordered pairs, rotated bases"),
        },
    ),
    "measure/energy": schema(
        "packing.energy",
        {
            "energy": (CONFIGURATION, F64, "energy: sum of |cos|^alpha"),
            "n_components": (CONFIGURATION, F64, "number of orthogonal groups"),
            "alpha_switch": (
                ("...",),
                F64,
                "moment at which a harmonic frame beats a repeated basis",
            ),
        },
    ),
}

ALONG = {
    "configuration": [
        "repeated basis",
        "tegum product",
        "harmonic frame",
        "random",
        "minimised",
    ],
    "distance": [0.1, 0.01, 0.001],
    "jl_form": ["simple", "cubic"],
    "k": [1.0, 10.0, 100.0, 1000.0],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
