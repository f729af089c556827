"""Dims and dtypes of the study's Datasets."""

from tegum.data.schema import schema

_BOTH = ("n_features", "n_inputs")
_AXES = {"n_features": (("n_features",), "int64"), "n_inputs": (("n_inputs",), "int64")}
_ALPHA = {"alpha": (("alpha",), "float64")}
_FORMS = {"jl_form": (("jl_form",), None)}

# Infeasible (n, d), and k beyond the largest feasible one, are missing.
_BOUND = {
    "eps": ((*_BOTH, "jl_form", "k"), "float64"),
    "loss_norm": ((*_BOTH, "alpha", "jl_form", "k"), "float64"),
    "dlogL_dlogk": ((*_BOTH, "alpha", "jl_form", "k"), "float64"),
    "k_opt": ((*_BOTH, "alpha", "jl_form"), "float64"),
    "eps_opt": ((*_BOTH, "alpha", "jl_form"), "float64"),
    "k_max": ((*_BOTH, "jl_form"), "float64"),
    "alpha_c": ((*_BOTH, "jl_form"), "float64"),
    "alpha_c_local": ((*_BOTH, "jl_form"), "float64"),
    "k_opt_near": ((*_BOTH, "distance"), "float64"),
}

SCHEMAS = {
    "measure/jl": schema(
        "packing.jl",
        _BOUND,
        {
            **_AXES,
            **_ALPHA,
            **_FORMS,
            "k": (("k",), "float64"),
            "distance": (("distance",), "float64"),
        },
        missing=_BOUND,
    ),
    "measure/pairs": schema(
        "packing.pairs",
        {
            "pairs_tegum": ((*_BOTH, "k"), "float64"),
            "pairs_sets": ((*_BOTH, "k"), "float64"),
        },
        {**_AXES, "k": (("k",), "int64")},
        missing=("pairs_tegum", "pairs_sets"),
    ),
    "measure/energy": schema(
        "packing.energy",
        {
            "energy": ((*_BOTH, "alpha", "seed", "configuration"), "float64"),
            "n_components": ((*_BOTH, "alpha", "seed", "configuration"), "float64"),
            "alpha_switch": (_BOTH, "float64"),
        },
        {
            **_AXES,
            **_ALPHA,
            "seed": (("seed",), "int64"),
            "configuration": (("configuration",), None),
        },
        missing=("energy", "n_components", "alpha_switch"),
    ),
}
