"""What each stage writes; gradients are those of the first layer, of the parity's own loss."""

from tegum.data.schema import LOSS_CHANGE, schema

CURVE, AT = ("cell", "checkpoint"), ("...", "checkpoint")
CURVES = {
    "accuracy": "accuracy on uniform inputs",
    "loss": "loss of the parity on uniform inputs",
    "signal_inside": "norm of the population gradient in the weights of S",
    "signal_outside": "norm of the population gradient in the other weights",
    "noise_inside": "standard deviation of a batch's gradient in the weights of S",
    "noise_outside": "standard deviation of a batch's gradient in the other weights",
    "moved_inside": "root mean square movement of the weights of S",
    "moved_outside": "root mean square movement of the other weights",
}
STEP = {"step": (("checkpoint",), "int64", "optimiser steps")}

TRAIN = schema(
    "subset_parity.train",
    {
        **{name: (CURVE, "float32", text) for name, text in CURVES.items()},
        "weight": (("cell", "hidden", "input"), "float32", "first layer, trained"),
        "bias": (("cell", "hidden"), "float32", "biases of the first layer, trained"),
        "readout": (("cell", "hidden"), "float32", "weights into the parity's output, trained"),
        "offset": (("cell",), "float32", "bias of the parity's output, trained"),
        "loss_change": (("cell",), *LOSS_CHANGE),
    },
    STEP,
)
MEASURE = schema(
    "subset_parity.measure",
    {
        **{name: (AT, "float32", text) for name, text in CURVES.items()},
        "snr": (AT, "float32", "signal over noise of a step in the weights of S"),
        "snr_circuit": (("...",), "float32", "initial signal over noise along the final circuit"),
        "time_learnt": (("...",), "float32", "steps to learn the parity", "steps"),
        "time_mastered": (("...",), "float32", "steps to master the parity", "steps"),
        "final_accuracy": (("...",), "float32", "accuracy at the end"),
        "lead": (("...",), "float32", "movement on S over that outside, last look at chance"),
        "flat_loss": (("...",), "float32", "loss at that look over that before training"),
        "circuit_support": (("...",), "float32", "share of the first layer's squared norm on S"),
        "initial_support": (("...",), "float32", "the same before training"),
        "pruned_accuracy": (("...",), "float32", "accuracy without the weights outside S"),
        "missing_accuracy": (("...",), "float32", "accuracy without the weights on S"),
        "fourier_error": (("...",), "float32", "deviation of the initial gradient from its law"),
        "loss_change": (("...",), *LOSS_CHANGE),
    },
    STEP,
)
SCHEMAS = {"train": TRAIN, "measure": MEASURE}
ALONG = {"step": [0, 1, 2, 4, 8]}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
