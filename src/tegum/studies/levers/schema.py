"""What each stage writes; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema

F32 = "float32"
STEP: Layout = {"step": (("checkpoint",), "int64", "step")}
LOOK = ("cell", "checkpoint")
UNIT = (*LOOK, "hidden")
AT = ("...", "checkpoint")
LEVEL = (*AT, "threshold")
KINDS = ("served", "shared", "ignored")
"""Of features: one that has a monosemantic neuron; one that is explained without; any other."""
SERVED, SHARED, IGNORED = range(len(KINDS))

SCHEMAS = {
    "train": schema(
        "levers.train",
        {
            "evaluation_loss": (LOOK, F32, "evaluation loss"),
            "firing_fraction": (UNIT, F32, "share of samples on which a neuron fires"),
            "bias": (UNIT, F32, "bias"),
            "response_max": (UNIT, F32, "largest response"),
            "response_sum": (UNIT, F32, "summed responses"),
            "response_feature": (UNIT, F32, "strongest feature"),
            "feature_loss": (("cell", "output"), F32, "loss of an output"),
            "null_loss": (("cell", "output"), F32, "loss of the mean of an output"),
            "feature_frequency": (("cell", "feature"), F32, "probability of a feature"),
            "largest_input": (("cell", "hidden"), F32, "largest input before training"),
            "loss_change": (("cell",), *LOSS_CHANGE),
        },
        STEP,
    ),
    "measure": schema(
        "levers.measure",
        {
            "evaluation_loss": (AT, F32, "evaluation loss"),
            "loss_change": (("...",), *LOSS_CHANGE),
            "mono_per_feature": (LEVEL, F32, "monosemantic neurons per feature"),
            "coverage": (LEVEL, F32, "share of features with a monosemantic neuron"),
            "dead_share": (AT, F32, "share of dead neurons"),
            "firing_share": (AT, F32, "share of neurons that fire on some sample"),
            "bias_mean": (AT, F32, "mean bias"),
            "kind": (("...", "feature"), F32, "kind of a feature"),
            "served_step": (("...", "feature"), F32, "step from which a feature is served"),
            "feature_frequency": (("...", "feature"), F32, "probability of a feature"),
            "idle_end": (("...",), F32, "step of the first look at which a neuron fires"),
            "idle_end_derived": (("...",), F32, "step at which one should fire"),
        },
        {**STEP, "threshold": (("threshold",), "float64", "selectivity")},
        missing=("kind", "served_step", "idle_end", "idle_end_derived"),
    ),
}
ALONG = {
    "threshold": lambda sweep: list(sweep.params.thresholds),
    "feature": lambda sweep: sweep.cells[0].upstream["train"].n_features,
    "step": ("checkpoint", [0, 40, 4095]),
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
