"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema

STEP: Layout = {"step": (("checkpoint",), "int64", "step")}
F32 = "float32"


def _tied(on: str) -> Layout:
    """What is known of tied models, along `cell` or on the sweep's grid."""
    return {
        "weight": ((on, "feature", "dimension"), F32, "embedding of a feature"),
        "bias": ((on, "feature"), F32, "bias"),
        "evaluation_loss": ((on, "checkpoint"), F32, "evaluation loss"),
        "dimensionality": ((on, "checkpoint", "feature"), F32, "feature dimensionality"),
        "norm": ((on, "checkpoint", "feature"), F32, "norm of the embedding"),
        "loss_change": ((on,), *LOSS_CHANGE),
    }


_ALL, _FEATURE, _BY = ("...",), ("...", "feature"), ("...", "control")
TIED: Layout = {
    **_tied("..."),
    "loss_ratio": (("...", "checkpoint"), F32, "evaluation loss / null loss"),
    "superposition": (_FEATURE, F32, "superposition"),
    "component": (_FEATURE, F32, "component of the interference graph"),
    "importance": (_FEATURE, F32, "importance"),
    "n_represented": (_ALL, F32, "represented features"),
    "dimensions_per_feature": (_ALL, F32, "dimensions per feature D*"),
    "sum_dimensionality": (_ALL, F32, "sum of feature dimensionalities"),
    "benefit": (_ALL, F32, "missed feature benefit"),
    "interference": (_ALL, F32, "interference"),
    "one_sparse_loss": (_ALL, F32, "loss of one active feature"),
}
MORE: dict[str, Layout] = {
    "tied": {},
    "geometry": {
        "polytope": (_FEATURE, F32, "polytope of a feature's component"),
        "vulnerability": (_ALL, F32, "relative adversarial vulnerability"),
    },
    "attacked": {
        "mean_dimensionality": (_ALL, F32, "mean dimensionality, weighted by squared norms"),
        "vulnerability": (_ALL, F32, "relative adversarial vulnerability"),
        "attacked_loss_ratio": (_ALL, F32, "loss under the worst attack / null loss"),
    },
    "phase": {
        "solution": (_ALL, F32, "solution, trained"),
        "solution_theory": (_ALL, F32, "solution, theory"),
        "loss_theory": (("...", "candidate"), F32, "loss of a candidate solution"),
    },
    "sets": {"cosine": ((*_FEATURE, "feature_other"), F32, "cosine between embeddings")},
    "exact": {"exact_loss": (_ALL, F32, "loss by quadrature")},
}
"""Kind of measurement of tied models to what it adds."""

TRAIN_HIDDEN: Layout = {
    "encoder": (("cell", "hidden", "feature"), F32, "input weight"),
    "decoder": (("cell", "feature", "hidden"), F32, "output weight"),
    "bias": (("cell", "feature"), F32, "bias"),
    "feature_loss": (("cell", "feature"), F32, "loss of a feature"),
    "untrained_feature_loss": (("cell", "feature"), F32, "loss before training"),
    "restart_loss": (("cell", "restart"), F32, "weighted loss of a restart"),
    "loss_change": (("cell",), *LOSS_CHANGE),
}
HIDDEN: Layout = {
    "loss_change": (_ALL, *LOSS_CHANGE),
    "feature_loss_ratio": (_FEATURE, F32, "loss of a feature / null loss"),
    "n_computed": (_ALL, F32, "computed features"),
    "restart_loss_ratio": (("...", "restart"), F32, "loss / null loss"),
    "loss_ratio": (_ALL, F32, "loss / null loss, best restart"),
    "untrained_loss_ratio": (_ALL, F32, "loss / null loss, before training"),
    "gain": (("...", "hidden", "feature"), F32, "gain of a neuron on a feature"),
    "participation": ((*_BY, "hidden"), F32, "features per neuron"),
    "n_mono": (_BY, F32, "monosemantic neurons"),
    "n_poly": (_BY, F32, "polysemantic neurons"),
    "n_represented": (_BY, F32, "represented features"),
    "n_shared": (_BY, F32, "features in polysemantic neurons only"),
    "distinct_pairs": (_BY, F32, "whether features are pairs"),
    "sign_pairs": (_BY, F32, "share of features with a neuron for each sign"),
    "n_motif": (_BY, F32, "asymmetric motifs"),
    "rank_mono": (_BY, F32, "mean rank of features in monosemantic neurons"),
    "rank_poly": (_BY, F32, "mean rank of features in polysemantic neurons"),
}

SCHEMAS = {
    "train/tied": schema("toy_superposition.tied", _tied("cell"), STEP),
    "train/hidden": schema("toy_superposition.hidden", TRAIN_HIDDEN),
    "measure/hidden": schema("toy_superposition.measure_hidden", HIDDEN),
    **{
        f"measure/{kind}": schema(f"toy_superposition.measure_{kind}", {**TIED, **more}, STEP)
        for kind, more in MORE.items()
    },
}
# The definition of SCHEMAS is part of what the other rows depend on; this is not.
SCHEMAS["train/attacked"] = schema("toy_superposition.attacked", _tied("cell"), STEP)

ALONG = {"control": ["none", "permuted"], "dimension": 2, "feature": 6, "feature_other": 6}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
