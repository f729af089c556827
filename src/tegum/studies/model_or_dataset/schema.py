# pyright: reportOperatorIssue=false
"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.layouts import along, with_none
from tegum.data.schema import LOSS_CHANGE, Layout, schema
from tegum.dictionaries.measures import RECONSTRUCTION, RECOVERY
from tegum.evidence.layout import EVIDENCE, F32, LABELS, ROLE, ROWS, VERDICTS

CHANGE: Layout = {"loss_change": ((), *LOSS_CHANGE)}
LOSSES: Layout = {
    "loss_evaluation": ((), F32, "cross-entropy on fresh samples", "nat"),
    "loss_floor": ((), F32, "exact cross-entropy given all earlier tokens", "nat"),
    "loss_unigram": ((), F32, "cross-entropy of the frequencies of tokens", "nat"),
}
PROBES: Layout = {
    "auroc": (("variable",), F32, "AUROC"),
    "auroc_control": (("variable",), F32, "AUROC, control task"),
}
DICTIONARY: Layout = {
    **{name: ((), F32, RECONSTRUCTION[name]) for name in ("fvu", "dead_fraction", "l0")},
    "participation_ratio": ((), F32, "participation ratio of the activations"),
    "latent_auroc": (("variable",), F32, "AUROC of the best single latent"),
}
RUNGS: Layout = DICTIONARY | {
    "mcc": ((), F32, RECOVERY["mcc"]),
    "cross_entropy": ((), F32, "cross-entropy of the model", "nat"),
}
RUNG: Layout = {"changes": (("control",), object, "what the control changes")}


_TRAIN = along(LOSSES | CHANGE, "cell") | {
    "loss": (("cell", "checkpoint"), F32, "training loss", "nat")
}

SCHEMAS = {
    "train": schema("model_or_dataset.train", _TRAIN, {"step": (("checkpoint",), "int64")}),
    "fit/classifier": schema("model_or_dataset.probes", along(PROBES, "cell"), ROLE),
    "fit/language": schema("model_or_dataset.dictionary", along(DICTIONARY | CHANGE, "cell")),
    "control/classifier": ROWS,
    "control/language": ROWS,
    "control/ladder": schema(
        "model_or_dataset.ladder",
        along(RUNGS | CHANGE, "cell", "control"),
        RUNG,
        ("latent_auroc", "mcc", "cross_entropy"),
    ),
    "measure/probes": schema(
        "model_or_dataset.scores", along(PROBES | LOSSES | CHANGE, "..."), ROLE, ()
    ),
    "measure/ladder": schema(
        "model_or_dataset.rungs",
        along(RUNGS | CHANGE, "...", "control") | along(LOSSES, "..."),
        RUNG,
    ),
    "measure/verdicts": schema(
        "model_or_dataset.judged", along(EVIDENCE | VERDICTS | LOSSES | CHANGE, "..."), LABELS
    ),
}

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
    "control/architectures": with_none,
    "control/ladder": with_none,
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
