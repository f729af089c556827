# pyright: reportOperatorIssue=false
"""Schemas of the study's Datasets; `...` stands for the axes of the sweep.

With `details` every latent is kept as well, and those of the first seed are measured.
"""

from tegum.data.schema import CHANGES, Layout, schema

MEASURES = (
    "l0",
    "true_l0",
    "fvu",
    "mcc",
    "mcc_matched",
    "mcc_signed",
    "mmcs",
    "recovered_fraction",
    "uniqueness",
    "support_f1",
    "precision",
    "recall",
    "dead_fraction",
    "shrinkage",
    "relative_bias",
    "amplitude_deficit",
    "invariance_error",
    "pursuit_f1",
    "pursuit_fvu",
    "subspace_purity",
    "decoder_grouping",
    "firing_grouping",
    "loss_recovered",
    "loss_recovered_mean",
)
LATENTS = (
    "latent_feature",
    "latent_cosine",
    "latent_firing",
    "latent_precision",
    "latent_recall",
)


def _rows(*outer: str) -> Layout:
    dims = ("cell", *outer)
    return {
        **dict.fromkeys(MEASURES, (dims, "float32")),
        "best_cosine": ((*dims, "feature"), "float32"),
    }


def _measured() -> Layout:
    return {
        **dict.fromkeys(MEASURES, (("...", "control"), "float32")),
        "best_cosine": (("...", "feature"), "float32"),
        "feature_probability": (("...", "feature"), "float32"),
        **dict.fromkeys(("curve_mcc", "curve_dead_fraction"), (("...", "checkpoint"), "float32")),
        **{name: (("...",), *of) for name, of in CHANGES.items()},
    }


_STEP: Layout = {"step": (("checkpoint",), "int64")}
_TRAINING: Layout = {
    **dict.fromkeys(("curve_mcc", "curve_dead_fraction"), (("cell", "checkpoint"), "float32")),
    **{name: (("cell",), *of) for name, of in CHANGES.items()},
}
_DETAILS: Layout = {
    **dict.fromkeys(LATENTS, (("cell", "latent"), "float32")),
    "directions": (("cell", "latent", "input"), "float32"),
}
_SHOWN: Layout = {
    **dict.fromkeys(LATENTS, (("architecture", "latent"), "float32")),
    "cosine": (("architecture", "latent", "feature"), "float32"),
    "latent_cosine_gaussian": (("architecture", "latent"), "float32"),
}
_LATENT_CONTROL: Layout = {"latent_cosine": (("cell", "control", "latent"), "float32")}

SCHEMAS = {
    "generate": schema(
        "sae_recovery.generate",
        {
            "directions": (("cell", "feature", "input"), "float32", "direction"),
            "loading": (("cell", "feature", "factor"), "float32", "loading of the copula"),
            "probability": (("cell", "feature"), "float32", "probability given parent and gate"),
            "marginal": (("cell", "feature"), "float32", "feature probability"),
            "bias": (("cell", "feature"), "float32", "output bias of the toy model"),
            "parent": (("cell", "feature"), "int64"),
            "gate": (("cell", "feature"), "int64"),
        },
    ),
    "fit": schema("sae_recovery.fit", _rows() | _TRAINING | _DETAILS, _STEP, MEASURES, _DETAILS),
    "control": schema(
        "sae_recovery.control",
        _rows("control") | _LATENT_CONTROL,
        None,
        MEASURES,
        _LATENT_CONTROL,
    ),
    "measure": schema("sae_recovery.measure", _measured() | _SHOWN, _STEP, optional=_SHOWN),
}

ALONG = {
    "control": lambda sweep: ["none", *sweep.cells[0].upstream["control"].controls],
    "latent": 0,
    "latent/frontier": 4,
    "feature": 4,
    "sparsity": ("architecture", [0.1]),
    "sparsity/frontier": (("architecture", "level"), [0.1, 0.2, 0.3]),
    "sparsity/hierarchy": (("architecture", "level"), [0.1, 0.2, 0.3]),
    "superposition": ("n_inputs", [2.0]),
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
