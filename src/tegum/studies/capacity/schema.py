"""Schemas of the study's Datasets; `...` stands for the axes of the sweep, `cell` for its rows."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema

F32, F64, INT = "float32", "float64", "int64"
ONE, LOOK, ROUND = ("...", "feature"), ("...", "checkpoint"), ("...", "round")
RATIO, SEARCH, CONTROL = ("...", "ratio"), ("...", "search"), ("...", "control")
BUILT, LAYER = ("...", "construction"), (*CONTROL, "layer")
EMBEDDING = ("feature", "hidden")
VECTORS, GAIN = "embedding vectors of the features", "loss / dimension"
PHASES: Layout = {
    "phase": (
        ("checkpoint",),
        INT,
        "phase: trained, ramped, held, moved, settled, released",
    ),
    "step": (("checkpoint",), INT, "optimiser steps"),
}
RATIOS: Layout = {"ratio": (("ratio",), F64, "value ratio v_2 / v_1")}
LOSS_RATIO = (("cell",), F64, "loss / loss of the best constant")
MOVED: Layout = {"loss_change": (("cell",), *LOSS_CHANGE)}
MODELS: Layout = {
    "width": (("...",), INT, "number of dimensions"),
    "loss_change": (("...",), *LOSS_CHANGE),
}
BEST: Layout = {"loss_best": (("...",), F64, "loss of the optimal allocation")}
ROUNDS: Layout = MOVED | {
    "embedding": (("cell", "round", *EMBEDDING), F64, VECTORS),
    "chosen": (("cell", "round"), INT, "feature chosen in a round, -1 for none"),
}
IN_ROUNDS: Layout = MODELS | {
    "capacity": ((*ROUND, "feature"), F64),
    "chosen": (ROUND, INT, "feature chosen in a round, -1 for none"),
    "loss": (ROUND, F64, "loss on the features that are left"),
    "mono_share": (ROUND, F64, "monosemantic share"),
}

SCHEMAS = {
    "train/allocate": schema(
        "capacity.allocate", MOVED | {"embedding": (("cell", *EMBEDDING), F64, VECTORS)}
    ),
    "train/phase": schema(
        "capacity.phase",
        MOVED | {"embedding": (("cell", "ratio", *EMBEDDING), F64, VECTORS)},
        RATIOS,
    ),
    "train/flatten": schema(
        "capacity.flatten",
        MOVED | {"embedding": (("cell", "checkpoint", *EMBEDDING), F32, VECTORS)},
        PHASES,
    ),
    "train/flatten_one": schema("capacity.flatten_one", ROUNDS),
    "train/mask": schema("capacity.mask", ROUNDS),
    "train/compare": schema(
        "capacity.compare",
        MOVED | {"embedding": (("cell", *EMBEDDING), F32, VECTORS), "evaluation_loss": LOSS_RATIO},
    ),
    "train/deep": schema(
        "capacity.deep",
        MOVED
        | {
            "encoder": (("cell", *EMBEDDING), F32),
            "between": (("cell", "link", "hidden_before", "hidden"), F32),
            "decoder": (("cell", "hidden", "feature"), F32),
            "bias": (("cell", "layer", "hidden"), F32),
            "output_bias": (("cell", "feature"), F32),
            "evaluation_loss": LOSS_RATIO,
        },
    ),
    "fit/deep": schema(
        "capacity.deep.fit",
        {
            "embedding": (("cell", "control", "layer", *EMBEDDING), F32, "embedding at a layer"),
            "marginal_return": (
                ("cell", "control", "layer", "feature"),
                F32,
                "marginal return",
                GAIN,
            ),
        },
        missing=("marginal_return",),
    ),
    "measure/invariants": schema(
        "capacity.invariants",
        {
            "capacity_min": (BUILT, F64, "smallest capacity"),
            "capacity_max": (BUILT, F64, "largest capacity"),
            "capacity_sum": (BUILT, F64, "sum of capacities"),
            "rank": (BUILT, F64, "rank of the weights"),
        },
        missing=(),
    ),
    "measure/curves": schema(
        "capacity.curves",
        {
            "marginal_return": ((*ONE, "capacity"), F64, "marginal return", GAIN),
            "capacity_best": (ONE, F64, "optimal capacity"),
            "return_best": (ONE, F64, "marginal return at the optimum"),
            "kurtosis": (("...",), F64),
            "ratio": (("...",), F64, "value ratio v_2 / v_1"),
        },
        missing=(),
    ),
    "measure/phase": schema(
        "capacity.phase.measure",
        MODELS
        | {
            "capacity": ((*RATIO, "feature"), F32),
            "loss": (RATIO, F64),
            "capacity_best": ((*RATIO, "feature"), F64, "optimal capacity"),
            "loss_best": (RATIO, F64, "loss of the optimal allocation"),
        },
        RATIOS,
        missing=(),
    ),
    "measure/allocate": schema(
        "capacity.allocate.measure",
        MODELS
        | BEST
        | {
            "embedding": (("...", *EMBEDDING), F32, VECTORS),
            "capacity": (ONE, F64),
            "capacity_best": (ONE, F64, "optimal capacity"),
            "value": (ONE, F64, "value of a feature"),
            "norm": (ONE, F64, "squared norm of an embedding vector"),
            "marginal_return": (ONE, F64, "marginal return", GAIN),
            "level": (("...",), F64, "common marginal return lambda", GAIN),
            "eigenvalue": (("...", "hidden"), F64, "eigenvalue of WW^T"),
            "block": (ONE, INT),
            "leak": (ONE, F64, "share outside of the block"),
            "loss": (("...",), F64),
            "loss_sampled": (("...",), F64, "Monte Carlo estimate of the loss"),
            "loss_sampled_error": (("...",), F64, "its standard error"),
            "purity": (SEARCH, F64, "max_i q_i^2 of the direction found"),
            "return_found": (SEARCH, F64, "marginal return of the direction found", GAIN),
            "return_true": (("...",), F64, "largest marginal return of a feature", GAIN),
            "return_pure": (("...",), F64, "largest g(0) or g(1) of a feature", GAIN),
        },
        missing=(),
    ),
    "measure/flatten": schema(
        "capacity.flatten.measure",
        MODELS
        | BEST
        | {
            "capacity": ((*LOOK, "feature"), F32),
            "mono_share": (LOOK, F64, "monosemantic share"),
            "loss": (LOOK, F64, "loss without the penalty"),
            "unflatness": (LOOK, F64, "sum of C (1 - C)"),
            "strengths_pair": (
                ("...", "state"),
                F64,
                "strength that matters to two equal features",
                "loss",
            ),
            "strength_envelope": (
                ("...",),
                F64,
                "strength that is sufficient by the envelope",
                "loss",
            ),
            "loss_mono": (("...",), F64, "least loss without shared features"),
            "curvature": (("...",), F64, "least second derivative without shared features"),
            "gradient_settled": (("...",), F64, "largest slope of the loss, settled"),
            "curvature_settled": (
                ("...",),
                F64,
                "least second derivative along an ignored feature, settled",
            ),
        },
        PHASES,
        missing=("curvature_settled",),
    ),
    "measure/flatten_one": schema(
        "capacity.flatten_one.measure",
        IN_ROUNDS | {"loss_mono": (("...",), F64, "least loss without shared features")},
        missing=(),
    ),
    "measure/mask": schema(
        "capacity.mask.measure",
        IN_ROUNDS
        | {
            "survivors_top": (("...",), F64, "most valuable features that survive"),
            "capacity_survivors": (("...",), F64, "smallest capacity of a survivor"),
            "return_spread": (("...",), F64, "relative spread of the returns of shared features"),
        },
        missing=(),
    ),
    "measure/compare": schema(
        "capacity.compare.measure",
        MODELS
        | {
            "capacity": ((*CONTROL, "feature"), F32),
            "shared_share": (CONTROL, F64, "share of shared features"),
            "polysemantic_dimensions": (
                CONTROL,
                F64,
                "share of dimensions that are not dedicated",
            ),
            "capacity_sum": (CONTROL, F64, "sum of capacities"),
            "block_dimension": (
                (*CONTROL, "feature"),
                F64,
                "dimensions of a shared feature's block",
            ),
            "loss_ratio": (("...",), F64, "loss / loss of the best constant"),
        },
        missing=("block_dimension",),
    ),
    # Untrained layers may have no shared feature.
    "measure/deep": schema(
        "capacity.deep.measure",
        MODELS
        | {
            "capacity": ((*LAYER, "feature"), F32),
            "marginal_return": ((*LAYER, "feature"), F32, "marginal return", GAIN),
            "shared_share": (LAYER, F64, "share of shared features"),
            "capacity_sum": (LAYER, F64, "sum of capacities"),
            "return_spread": (LAYER, F64, "spread of the marginal returns"),
            "agreement": (
                (*CONTROL, "link"),
                F64,
                "rank correlation of capacities with the next layer",
            ),
            "loss_ratio": (("...",), F64, "loss / loss of the best constant"),
        },
        missing=("marginal_return", "return_spread", "agreement"),
    ),
}

ALONG = {
    "capacity": [0.0, 0.1, 0.25, 0.5, 0.75, 1.0],
    "checkpoint": 8,
    "construction": ["random", "tight frame", "orthogonal blocks"],
    "control": ["none", "untrained"],
    "feature": 4,
    "feature/curves": 2,
    "feature/hysteresis": 2,
    "feature/phase": 2,
    "link": 2,
    "phase": ("checkpoint", [0, 1, 2, 3, 4, 5, 5, 5]),
    "ratio": [0.25, 0.5, 1.0],
    "search": ["closed form", "added neuron", "random"],
    "state": ["dedicated is metastable", "equal losses", "shared is unstable"],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
