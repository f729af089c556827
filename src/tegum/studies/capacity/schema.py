"""Schemas of the study's Datasets; `...` stands for the axes of the sweep, `cell` for its rows."""

from typing import Any

from tegum.data.schema import LOSS_CHANGE, Layout, Schema, schema

F32, F64, INT = "float32", "float64", "int64"
PER_DIMENSION = "loss / dimension"
WORDS: dict[str, tuple[str, ...]] = {
    "agreement": ("rank correlation of capacities with the next layer",),
    "block_dimension": ("dimensions of a shared feature's block",),
    "capacity_best": ("optimal capacity",),
    "capacity_max": ("largest capacity",),
    "capacity_min": ("smallest capacity",),
    "capacity_sum": ("sum of capacities",),
    "capacity_survivors": ("smallest capacity of a survivor",),
    "chosen": ("feature chosen in a round, -1 for none",),
    "curvature": ("least second derivative without shared features",),
    "curvature_settled": ("least second derivative along an ignored feature, settled",),
    "eigenvalue": ("eigenvalue of WW^T",),
    "embedding": ("embedding vectors of the features",),
    "evaluation_loss": ("loss / loss of the best constant",),
    "gradient_settled": ("largest slope of the loss, settled",),
    "leak": ("share outside of the block",),
    "level": ("common marginal return lambda", PER_DIMENSION),
    "loss_best": ("loss of the optimal allocation",),
    "loss_mono": ("least loss without shared features",),
    "loss_ratio": ("loss / loss of the best constant",),
    "loss_sampled": ("Monte Carlo estimate of the loss",),
    "loss_sampled_error": ("its standard error",),
    "marginal_return": ("marginal return", PER_DIMENSION),
    "mono_share": ("monosemantic share",),
    "phase": ("phase: trained, ramped, held, moved, settled, released",),
    "purity": ("max_i q_i^2 of the direction found",),
    "rank": ("rank of the weights",),
    "ratio": ("value ratio v_2 / v_1",),
    "return_best": ("marginal return at the optimum",),
    "return_found": ("marginal return of the direction found", PER_DIMENSION),
    "return_pure": ("largest g(0) or g(1) of a feature", PER_DIMENSION),
    "return_spread": ("spread of the marginal returns",),
    "return_true": ("largest marginal return of a feature", PER_DIMENSION),
    "shared_share": ("share of shared features",),
    "step": ("optimiser steps",),
    "strength_envelope": ("strength that is sufficient by the envelope", "loss"),
    "strengths_pair": ("strength that matters to two equal features", "loss"),
    "survivors_top": ("most valuable features that survive",),
    "unflatness": ("sum of C (1 - C)",),
    "value": ("value of a feature",),
    "width": ("number of dimensions",),
}
"""Long names, with units where they have some, of those that are not called by their names."""
Variables = dict[str, tuple[Any, ...]]


def on(dims: str, names: str, dtype: str = F64, *words: str) -> Variables:
    """Variables of equal dims and type; `words` are theirs where they have others here."""
    return {n: (tuple(dims.split()), dtype, *(words or WORDS.get(n, ()))) for n in names.split()}


RATIOS = on("ratio", "ratio")
PHASES = on("checkpoint", "phase step", INT)
ROUNDS = on("cell round feature hidden", "embedding") | on("cell round", "chosen", INT)
IN_ROUNDS = {
    **on("... round feature", "capacity"),
    **on("... round", "mono_share"),
    **on("... round", "loss", F64, "loss on the features that are left"),
}


def _trained(kind: str, layout: Variables, coords: Layout | None = None) -> Schema:
    moved: Variables = {"loss_change": (("cell",), *LOSS_CHANGE)}
    return schema(f"capacity.{kind}", moved | layout, coords)


def _measured(
    kind: str, layout: Variables, coords: Layout | None = None, missing: tuple[str, ...] = ()
) -> Schema:
    moved: Variables = {"loss_change": (("...",), *LOSS_CHANGE)}
    models = on("...", "width", INT) | moved
    return schema(f"capacity.{kind}.measure", models | layout, coords, missing)


SCHEMAS = {
    "train/allocate": _trained("allocate", on("cell feature hidden", "embedding")),
    "train/phase": _trained("phase", on("cell ratio feature hidden", "embedding"), RATIOS),
    "train/flatten": _trained(
        "flatten", on("cell checkpoint feature hidden", "embedding", F32), PHASES
    ),
    "train/flatten_one": _trained("flatten_one", ROUNDS),
    "train/mask": _trained("mask", ROUNDS),
    "train/compare": _trained(
        "compare", on("cell feature hidden", "embedding", F32) | on("cell", "evaluation_loss")
    ),
    "train/deep": _trained(
        "deep",
        {
            **on("cell feature hidden", "encoder", F32),
            **on("cell link hidden_before hidden", "between", F32),
            **on("cell hidden feature", "decoder", F32),
            **on("cell layer hidden", "bias", F32),
            **on("cell feature", "output_bias", F32),
            **on("cell", "evaluation_loss"),
        },
    ),
    "fit/deep": schema(
        "capacity.deep.fit",
        on("cell control layer feature hidden", "embedding", F32, "embedding at a layer")
        | on("cell control layer feature", "marginal_return", F32),
        missing=("marginal_return",),
    ),
    "measure/invariants": schema(
        "capacity.invariants",
        on("... construction", "capacity_min capacity_max capacity_sum rank"),
        missing=(),
    ),
    "measure/curves": schema(
        "capacity.curves",
        {
            **on("... feature capacity", "marginal_return"),
            **on("... feature", "capacity_best return_best"),
            **on("...", "kurtosis ratio"),
        },
        missing=(),
    ),
    "measure/phase": _measured(
        "phase",
        {
            **on("... ratio feature", "capacity", F32),
            **on("... ratio feature", "capacity_best"),
            **on("... ratio", "loss loss_best"),
        },
        RATIOS,
    ),
    "measure/allocate": _measured(
        "allocate",
        {
            **on("... feature hidden", "embedding", F32),
            **on("... feature", "capacity capacity_best value marginal_return leak"),
            **on("... feature", "block", INT),
            **on("... hidden", "eigenvalue"),
            **on("...", "level loss loss_best loss_sampled loss_sampled_error"),
            **on("...", "return_true return_pure"),
            **on("... search", "purity return_found"),
        },
    ),
    "measure/flatten": _measured(
        "flatten",
        {
            **on("... checkpoint feature", "capacity", F32),
            **on("... checkpoint", "mono_share unflatness"),
            **on("... checkpoint", "loss", F64, "loss without the penalty"),
            **on("... state", "strengths_pair"),
            **on("...", "strength_envelope loss_best curvature"),
            **on("...", "gradient_settled curvature_settled"),
        },
        PHASES,
        missing=("curvature_settled",),
    ),
    "measure/flatten_one": _measured("flatten_one", IN_ROUNDS | on("...", "loss_mono")),
    "measure/mask": _measured(
        "mask",
        {
            **IN_ROUNDS,
            **on("...", "survivors_top capacity_survivors"),
            **on("...", "return_spread", F64, "relative spread of the returns of shared features"),
        },
    ),
    "measure/compare": _measured(
        "compare",
        {
            **on("... control feature", "capacity", F32),
            **on("... control feature", "block_dimension"),
            **on("... control", "shared_share capacity_sum"),
            **on("...", "loss_ratio"),
        },
        missing=("block_dimension",),
    ),
    # Untrained layers may have no shared feature.
    "measure/deep": _measured(
        "deep",
        {
            **on("... control layer feature", "capacity", F32),
            **on("... control layer", "shared_share capacity_sum return_spread"),
            **on("... control link", "agreement"),
            **on("...", "loss_ratio"),
        },
        missing=("return_spread", "agreement"),
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
