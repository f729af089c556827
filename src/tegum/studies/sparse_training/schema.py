"""What each stage writes: dims, type, name and units of every variable."""

from tegum.data.schema import LOSS_CHANGE, Layout, Schema, schema

F32 = "float32"


def _train(name: str, *inner: str) -> Schema:
    row = ("cell", *inner)
    unit = (*row, "hidden")
    return schema(
        f"sparse_training.{name}",
        {
            "loss": (row, F32, "evaluation loss"),
            "loss_change": (row, *LOSS_CHANGE),
            "kept_share": ((*row, "layer"), "float64", "share of weights that are not held at 0"),
            "wanted_share": ((*row, "layer"), "float64", "the share that was asked for"),
            "leaked": (row, F32, "largest weight that should be 0"),
            "response_max": (unit, F32, "largest response"),
            "response_sum": (unit, F32, "summed responses"),
            "response_feature": (unit, F32, "strongest feature"),
        },
    )


def _measure(name: str, *inner: str) -> Schema:
    row = ("...", *inner)
    counted: Layout = {
        n: ((*row, "threshold"), F32, text)
        for n, text in (
            ("mono_per_feature", "monosemantic neurons per feature"),
            ("coverage", "share of features served"),
        )
    }
    return schema(
        f"sparse_training.{name}",
        {
            **counted,
            "loss": (row, F32, "evaluation loss"),
            "loss_ratio": (row, F32, "evaluation loss / null loss"),
            "dead_share": (row, F32, "share of neurons that answer to no feature"),
            "density": (row, "float64", "share of weights of the first layer that are kept"),
            "density_error": (row, "float64", "largest deviation of a layer from its density"),
            "leaked": (row, F32, "largest weight that should be 0"),
            "loss_change": (row, *LOSS_CHANGE),
        },
        {"threshold": (("threshold",), "float64", "selectivity")},
    )


SCHEMAS = {
    "train/masked": _train("masked"),
    "train/tickets": _train("tickets", "round"),
    "measure/masked": _measure("masked"),
    "measure/tickets": _measure("tickets", "round"),
}
ALONG = {
    "threshold": lambda sweep: list(sweep.params.thresholds),
    "round": lambda sweep: sweep.cells[0].upstream["train"].rounds + 1,
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
