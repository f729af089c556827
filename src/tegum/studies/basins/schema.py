"""What each stage writes: dims, type, name and units of every variable."""

from tegum.data.schema import LOSS_CHANGE, Layout, schema
from tegum.experiment.cell import SweepView
from tegum.experiment.params import Section

PHASES = ["trained", "relaxed"]
PATHS = ["raw", "aligned", "shuffled"]
"""Straight paths: weights as they are; canonical and in the nearest order; canonical and in a
random order."""
MODEL = ("phase", "noise", "start")
OTHER = tuple(f"{dim}_other" for dim in MODEL)
ROW, GRID = ("cell",), ("...",)
F32 = "float32"

TRAIN = schema(
    "basins.train",
    {
        "encoder": ((*ROW, *MODEL, "hidden", "input"), F32, "input weights"),
        "bias": ((*ROW, *MODEL, "hidden"), F32, "biases"),
        "decoder": ((*ROW, *MODEL, "output", "hidden"), F32, "output weights"),
        "loss_change": ((*ROW, *MODEL), *LOSS_CHANGE),
    },
    {
        "phase": (("phase",), None, "phase of training"),
        "noise": (("noise",), "float64", "noise while training", "sigma_I"),
    },
)
COUNTS = {
    "loss": "loss on clean inputs",
    "mono_per_feature": "monosemantic neurons per feature",
    "coverage": "share of features served",
}
HOPS = {
    "distance_start": "distance to the start",
    "distance_target": "distance to the target",
    "barrier_start": "barrier to the start / end loss",
    "barrier_target": "barrier to the target / end loss",
}
LEAVES = {
    "distance_start": "distance to the start",
    "barrier_raw": "barrier to the start, raw",
    "barrier_start": "barrier to the start, aligned",
}
MOMENT: Layout = {"moment": (("moment",), None, "moment")}
PATH: Layout = {"path": (("path",), None, "path")}


def _fits(lead: tuple[str, ...]) -> dict[str, tuple[Layout, Layout]]:
    """Layout and coordinates of what each kind of fit finds, which is measured as it is."""
    change: Layout = {"loss_change": (lead, *LOSS_CHANGE)}
    at = (*lead, "moment")
    return {
        "curve": (
            {"path_loss": ((*lead, "path", "position"), F32, "loss on the path")} | change,
            PATH,
        ),
        "hop": ({n: (at, F32, text) for n, text in (COUNTS | HOPS).items()} | change, MOMENT),
        "leave": ({n: (at, F32, text) for n, text in (COUNTS | LEAVES).items()} | change, MOMENT),
    }


MEASURE = schema(
    "basins.measure",
    {
        **{name: ((*GRID, *MODEL), F32, text) for name, text in COUNTS.items()},
        "barrier": ((*GRID, "path", *MODEL, *OTHER), F32, "barrier / end loss"),
        "path_loss": ((*GRID, "path", "pair", "position"), F32, "loss on the path"),
        "n_basins": ((*GRID, "path"), F32, "basins"),
        "copy_error": (GRID, "float64", "largest output difference of a permuted, rescaled copy"),
        "copy_barrier": (GRID, "float64", "barrier / end loss of that copy, aligned"),
        "copy_barrier_raw": (GRID, "float64", "barrier / end loss of that copy, not aligned"),
        "assignment_error": (GRID, "float64", "agreement lost to the best of all orders"),
        "loss_change": ((*GRID, *MODEL), *LOSS_CHANGE),
    },
    {**TRAIN.coords, **PATH, "pair": (("pair",), None, "ends of the path")},
)
PAIRS = ["mono_mono", "poly_poly", "mono_poly"]

SCHEMAS = {
    "train": TRAIN,
    "measure": MEASURE,
    **{f"fit/{kind}": schema(f"basins.{kind}", *of) for kind, of in _fits(ROW).items()},
    **{f"measure/{kind}": schema(f"basins.{kind}", *of) for kind, of in _fits(GRID).items()},
}


def _levels(sweep: SweepView[Section]) -> list[float]:
    return list(sweep.cells[0].upstream["train"].noise_levels)


ALONG = {
    "phase": PHASES,
    "phase_other": PHASES,
    "noise": _levels,
    "noise_other": _levels,
    "start": 2,
    "start_other": 2,
    "path": PATHS,
    "path/curve": ["straight", "curve"],
    "pair": PAIRS,
    "position": 11,
    "moment/hop": ["start", "pulled", "released", "target"],
    "moment/leave": ["start", "pushed", "released"],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
