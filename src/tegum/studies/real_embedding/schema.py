"""What each stage writes; `...` stands for the axes of the sweep."""

from typing import Any

from tegum.data.schema import schema

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
ROWS: dict[str, tuple[tuple[str, ...], str]] = {
    "available": ((), "whether the extra `models` was installed"),
    "fvu": (("control", "l0"), "fraction of variance unexplained"),
    "participation_ratio": (("control",), "participation ratio"),
    "circle": (("stage", "sequence"), "order around a circle"),
    "circle_p": (("stage", "sequence"), "permutation p-value"),
    "circle_null": (("stage", "sequence"), "95th percentile of random order"),
}
COORDS: dict[str, tuple[Any, ...]] = {
    "control": (("control",), None, "rows"),
    "l0": (("l0",), "int64", "atoms of a code"),
    "stage": (("stage",), None, "embedding"),
    "sequence": (("sequence",), None, "tokens"),
}


def _layout(lead: str) -> dict[str, tuple[Any, ...]]:
    return {name: ((lead, *inner), F32, text) for name, (inner, text) in ROWS.items()}


SCHEMAS = {
    "fit": schema("real_embedding.fit", _layout("cell"), COORDS, missing=ROWS),
    "measure": schema("real_embedding.measure", _layout("..."), COORDS, missing=ROWS),
}
ALONG = {
    "available": [1.0],
    "control": list(CONTROLS),
    "l0": [2, 8],
    "stage": list(STAGES),
    "sequence": list(SEQUENCES),
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
