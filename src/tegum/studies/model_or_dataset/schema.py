"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import schema
from tegum.experiment.cell import SweepView
from tegum.experiment.params import Section

Layout = dict[str, tuple[tuple[str, ...], Any]]
F32 = "float32"
SET = ("variable", "labelling")
EVIDENCE: dict[str, tuple[str, ...]] = {
    "selectivity": (*SET, "label_control", "bound"),
    "advantage": (*SET, "bound"),
    "effect": (*SET, "alpha", "outcome"),
    "agreement": (*SET, "alpha"),
    "effect_random": (*SET, "alpha", "outcome", "direction"),
    "p_value": (*SET, "alpha", "outcome", "direction"),
    "power": (*SET, "alpha", "outcome", "direction"),
    "effect_matched": ("variable", "outcome"),
    "auroc": ("variable", "control"),
    "auroc_control": ("variable", "label_control"),
    "base_rate": ("variable",),
    "latent": ("variable",),
}
NOT_TESTED = ("advantage", "effect", "agreement", "effect_random", "p_value", "power")
PROBES: dict[str, tuple[str, ...]] = {
    "auroc": ("variable",),
    "auroc_control": ("variable",),
}
DICTIONARY: dict[str, tuple[str, ...]] = {
    "fvu": (),
    "dead_fraction": (),
    "l0": (),
    "participation_ratio": (),
    "latent_auroc": ("variable",),
}
RUNGS = {name: ("control", *dims) for name, dims in DICTIONARY.items()} | {
    "mcc": ("control",),
    "cross_entropy": ("control",),
}
MODEL: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("loss_evaluation", "loss_floor", "loss_unigram"), ()
)
VERDICTS = {
    "verdict": (("...", "outcome", "direction", *SET), object),
    "p_corrected": (("...", "outcome", "direction", "variable"), "float64"),
}


def _rows(*parts: dict[str, tuple[str, ...]]) -> Layout:
    return {name: (("cell", *dims), F32) for part in parts for name, dims in part.items()}


def _grid(*parts: dict[str, tuple[str, ...]]) -> Layout:
    return {name: (("...", *dims), F32) for part in parts for name, dims in part.items()}


_EVIDENCE = schema(
    "model_or_dataset.evidence", _rows(EVIDENCE), missing=(*NOT_TESTED, "effect_matched")
)
_PROBES = schema("model_or_dataset.probes", _rows(PROBES))
_DICTIONARY = schema("model_or_dataset.dictionary", _rows(DICTIONARY))
_SCORES = schema("model_or_dataset.scores", _grid(PROBES, MODEL), missing=())
_JUDGED = schema("model_or_dataset.judged", _grid(EVIDENCE, MODEL) | VERDICTS)

_LADDER = schema(
    "model_or_dataset.ladder",
    _rows(RUNGS),
    missing=("latent_auroc", "mcc", "cross_entropy"),
)
_RUNGS = schema("model_or_dataset.rungs", _grid(RUNGS, MODEL))

SCHEMAS = {
    "train": schema("model_or_dataset.train", _rows({"loss": ("checkpoint",)}, MODEL)),
    "fit/bits": _PROBES,
    "fit/selectivity": _PROBES,
    "fit/families": _PROBES,
    "fit/ladder": _DICTIONARY,
    "fit/architectures": _DICTIONARY,
    "fit/latents": _DICTIONARY,
    "control/bits": _EVIDENCE,
    "control/latents": _EVIDENCE,
    "control/ladder": _LADDER,
    "control/architectures": _LADDER,
    "measure/selectivity": _SCORES,
    "measure/families": _SCORES,
    "measure/bits": _JUDGED,
    "measure/latents": _JUDGED,
    "measure/ladder": _RUNGS,
    "measure/architectures": _RUNGS,
}


def _rungs(sweep: SweepView[Section]) -> list[str]:
    return ["none", *sweep.cells[0].upstream["control"].controls]


_BITS = ["used_and", "used_and_second", "unused_linear", "unused_and", "unused_xor"]
_CHANGES = "control", ["nothing", "weights", "inputs", "activations", "learning"]
_LANGUAGE = ["number", "topic", "style", "style_xor"]
_ROLES = ["used", "used", "unused_linear", "unused_nonlinear"]
_KNOWN = "variable", [*_ROLES, "unused_nonlinear"]
ALONG = {
    "alpha": lambda sweep: list(sweep.cells[0].upstream["control"].alphas),
    "bound": ["value", "low", "high"],
    "changes/architectures": _CHANGES,
    "changes/ladder": _CHANGES,
    "control": ["none", "untrained", "matched_normal", "permuted", "spectrum"],
    "control/architectures": _rungs,
    "control/ladder": _rungs,
    "direction": ["equal_norm", "equal_covariance"],
    "label_control": ["permuted", "control_task"],
    "labelling": 3,
    "labels": ("labelling", ["true", "random", "random of types"]),
    "outcome": ["expected", "probability", "logit"],
    **{f"role/{s}": _KNOWN for s in ("bits", "families", "selectivity")},
    "role/latents": ("variable", [*_ROLES, "latent", "latent"]),
    "variable": _BITS,
    "variable/architectures": _LANGUAGE,
    "variable/ladder": _LANGUAGE,
    "variable/latents": [*_LANGUAGE, "latent 0", "latent 1"],
    "verdict": ["MODEL", "DATASET", "UPSTREAM", "PROBE-ARTEFACT", "INCONCLUSIVE"],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
