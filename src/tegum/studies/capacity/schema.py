"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import schema

Dims = tuple[str, ...]
Layout = dict[str, tuple[Dims, Any]]

ROW: Dims = ("cell",)
ONE: Dims = ("feature",)
LOOK: Dims = ("checkpoint",)
ROUND: Dims = ("round",)
RATIO: Dims = ("ratio",)
SEARCH: Dims = ("search",)
CONTROL: Dims = ("control",)
LAYER: Dims = ("control", "layer")
F32, F64, INT = "float32", "float64", "int64"
PHASES: Layout = {"phase": (LOOK, INT), "step": (LOOK, INT)}


def _rows(**inner: tuple[Dims, Any]) -> Layout:
    return {name: ((*ROW, *dims), dtype) for name, (dims, dtype) in inner.items()}


def _trained(**inner: tuple[Dims, Any]) -> Layout:
    """Rows of trained models, with how far their training still moved."""
    return _rows(loss_change=((), F32), **inner)


def _grid(**inner: tuple[Dims, Any]) -> Layout:
    return {name: (("...", *dims), dtype) for name, (dims, dtype) in inner.items()}


def _models(**inner: tuple[Dims, Any]) -> Layout:
    """Of trained models, with their number of dimensions."""
    return _grid(width=((), INT), loss_change=((), F32), **inner)


_EMBEDDING: Dims = ("feature", "hidden")
_LOOKS = schema("capacity.flattening", _trained(embedding=((*LOOK, *_EMBEDDING), F32)), PHASES)
_STEPS = schema(
    "capacity.rounds",
    _trained(embedding=((*ROUND, *_EMBEDDING), F64), chosen=(ROUND, INT)),
)
_ROUNDS = _models(
    capacity=((*ROUND, "feature"), F64),
    chosen=(ROUND, INT),
    loss=(ROUND, F64),
    mono_share=(ROUND, F64),
)
_FLATTENING = schema(
    "capacity.flattening.measure",
    _models(
        capacity=((*LOOK, "feature"), F32),
        mono_share=(LOOK, F64),
        loss=(LOOK, F64),
        unflatness=(LOOK, F64),
        strengths_pair=(("state",), F64),
        strength_envelope=((), F64),
        curvature=((), F64),
        gradient_settled=((), F64),
        curvature_settled=((), F64),
        loss_best=((), F64),
        loss_mono=((), F64),
    ),
    PHASES,
    missing=("curvature_settled",),
)

SCHEMAS = {
    "train/phase": schema("capacity.phase", _trained(embedding=((*RATIO, *_EMBEDDING), F64))),
    "train/allocation": schema("capacity.allocation", _trained(embedding=(_EMBEDDING, F64))),
    "train/hysteresis": _LOOKS,
    "train/flattening": _LOOKS,
    "train/release": _LOOKS,
    "train/one_at_a_time": _STEPS,
    "train/masking": _STEPS,
    "train/architectures": schema(
        "capacity.architectures", _trained(embedding=(_EMBEDDING, F32), evaluation_loss=((), F64))
    ),
    "train/layers": schema(
        "capacity.layers",
        _trained(
            encoder=(_EMBEDDING, F32),
            between=(("link", "hidden_before", "hidden"), F32),
            decoder=(("hidden", "feature"), F32),
            bias=(("layer", "hidden"), F32),
            output_bias=(ONE, F32),
            evaluation_loss=((), F64),
        ),
    ),
    "fit/layers": schema(
        "capacity.layers.fit",
        _rows(
            embedding=((*LAYER, *_EMBEDDING), F32),
            marginal_return=((*LAYER, "feature"), F32),
        ),
        missing=("marginal_return",),
    ),
    "measure/invariants": schema(
        "capacity.invariants",
        _grid(
            **dict.fromkeys(
                ("capacity_min", "capacity_max", "capacity_sum", "rank"), (("construction",), F64)
            )
        ),
        missing=(),
    ),
    "measure/curves": schema(
        "capacity.curves",
        _grid(
            marginal_return=(("feature", "capacity"), F64),
            capacity_best=(ONE, F64),
            return_best=(ONE, F64),
            kurtosis=((), F64),
            ratio=((), F64),
        ),
        missing=(),
    ),
    "measure/phase": schema(
        "capacity.phase.measure",
        _models(
            capacity=((*RATIO, "feature"), F32),
            loss=(RATIO, F64),
            capacity_best=((*RATIO, "feature"), F64),
            loss_best=(RATIO, F64),
            returns_sign=((), F64),
        ),
        missing=(),
    ),
    "measure/allocation": schema(
        "capacity.allocation.measure",
        _models(
            **dict.fromkeys(
                ("capacity", "norm", "marginal_return", "leak", "capacity_best", "value"),
                (ONE, F64),
            ),
            **dict.fromkeys(
                (
                    "loss",
                    "loss_sampled",
                    "loss_sampled_error",
                    "return_true",
                    "return_pure",
                    "loss_best",
                    "level",
                ),
                ((), F64),
            ),
            eigenvalue=(("hidden",), F64),
            block=(ONE, INT),
            purity=(SEARCH, F64),
            return_found=(SEARCH, F64),
            gram=(("feature", "feature_other"), F32),
        ),
        missing=(),
    ),
    "measure/hysteresis": _FLATTENING,
    "measure/flattening": _FLATTENING,
    "measure/release": _FLATTENING,
    "measure/one_at_a_time": schema(
        "capacity.one_at_a_time",
        _ROUNDS | {"loss_mono": ((), F64)},
        missing=(),
    ),
    "measure/masking": schema(
        "capacity.masking",
        _ROUNDS
        | _grid(survivors_top=((), F64), capacity_survivors=((), F64), return_spread=((), F64)),
        missing=(),
    ),
    "measure/architectures": schema(
        "capacity.architectures.measure",
        _models(
            capacity=((*CONTROL, "feature"), F32),
            shared_share=(CONTROL, F64),
            polysemantic_dimensions=(CONTROL, F64),
            capacity_sum=(CONTROL, F64),
            block_dimension=((*CONTROL, "feature"), F64),
            loss_ratio=((), F64),
        ),
        missing=("block_dimension",),
    ),
    # Untrained layers may have no shared feature.
    "measure/layers": schema(
        "capacity.layers.measure",
        _models(
            capacity=((*LAYER, "feature"), F32),
            marginal_return=((*LAYER, "feature"), F32),
            capacity_sum=(LAYER, F64),
            shared_share=(LAYER, F64),
            return_spread=(LAYER, F64),
            agreement=(("control", "link"), F64),
            loss_ratio=((), F64),
        ),
        missing=("marginal_return", "return_spread", "agreement"),
    ),
}
