"""What each stage writes; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.layouts import along
from tegum.data.schema import Layout, schema

F32 = "float32"
CONTROLS = ("none", "gaussian", "permuted", "planted", "drawn anew")
"""The rows; Gaussian ones of their covariance; each dimension permuted over rows; rows that are
sparse by construction; and rows as they are before training, of equal mean norm."""
SEQUENCES = {
    "digits": list("0123456789"),
    "letters": list("abcdefghijklmnopqrstuvwxyz"),
    "weekdays": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "months": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
STAGES = ("trained", "drawn anew")
ROWS: Layout = {
    "available": ((), F32, "whether the extra `models` was installed"),
    "fvu": (("control", "l0"), F32, "fraction of variance unexplained"),
    "participation_ratio": (("control",), F32, "participation ratio"),
    "circle": (("stage", "sequence"), F32, "order around a circle"),
    "circle_p": (("stage", "sequence"), F32, "permutation p-value"),
    "circle_null": (("stage", "sequence"), F32, "95th percentile of random order"),
}
COORDS: dict[str, tuple[Any, ...]] = {
    "control": (("control",), None, "rows"),
    "l0": (("l0",), "int64", "atoms of a code"),
    "stage": (("stage",), None, "embedding"),
    "sequence": (("sequence",), None, "tokens"),
}

SCHEMAS = {
    "fit": schema("real_embedding.fit", along(ROWS, "cell"), COORDS, missing=ROWS),
    "measure": schema("real_embedding.measure", along(ROWS, "..."), COORDS, missing=ROWS),
}
ALONG = {
    "available": [1.0],
    "control": list(CONTROLS),
    "l0": [2, 8],
    "stage": list(STAGES),
    "sequence": list(SEQUENCES),
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
