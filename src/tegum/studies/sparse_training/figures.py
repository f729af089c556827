"""Figures of `sparse_training`."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.labels import at, coordinate, variable

LEVEL = 0.9
"""Selectivity above which a neuron counts, as in the claims."""
SEEDS = "Mean and 95 % interval over seeds"
PAIR = "mono_per_feature", "loss"


def _level(ds: xr.Dataset) -> xr.Dataset:
    return at(ds, threshold=LEVEL).drop_vars("threshold")


def _named(ds: xr.Dataset, axis: str, long_name: str) -> xr.Dataset:
    """Numbers along an axis as categories."""
    text = np.array([f"{v:.2g}" for v in ds[axis].values])
    return ds.assign_coords({axis: coordinate(axis, text, long_name)})


def _by_method(data: Data, sweep: str, words: str) -> Any:
    """Neurons and loss by method against the density of the masks, beside dense models."""
    ds, dense = (_level(data[s]) for s in (sweep, "dense"))
    table = _named(ds, "mask_density", words)
    return theme.layout(
        *(
            theme.overlay(
                theme.intervals(table[[name]], name, "mask_density", "method", control="narrow"),
                theme.reference_line(float(dense[name].mean()), "dense"),
            )
            for name in PAIR
        ),
        columns=1,
    )


@figure(
    caption="Monosemantic neurons per feature and loss by density of the first layer's mask; grey: "
    "dense, with fewer neurons and as many weights; dashed: dense with all neurons, mean. "
    f"{SEEDS}.",
    shows="At the lower density the loss of a fixed mask differs from a dense model's by "
    "{m14_fixed}; prune-and-grow changes that of the fixed mask by {m14_grow}.",
    surprise="Against a dense model the fixed mask gives {fixed_mono} monosemantic neurons per "
    "feature and prune-and-grow {grow_mono}.",
    sweeps=("masked", "dense"),
)
def density(data: Data) -> Any:
    return _by_method(data, "masked", "density of the mask")


@figure(
    caption="Both layers masked: monosemantic neurons per feature and loss by method; grey: dense, "
    f"with fewer neurons and as many weights; dashed: dense with all neurons, mean. {SEEDS}.",
    shows="A fixed mask changes the loss of a dense model by {m14_fixed_both}; prune-and-grow "
    "that of the fixed mask by {m14_grow_both}.",
    surprise="A sparse second layer lets a neuron write to few features: against a dense model it "
    "has {fixed_mono_both} monosemantic neurons per feature with a fixed mask and "
    "{grow_mono_both} with prune-and-grow.",
    sweeps=("both_layers", "dense"),
)
def both_layers(data: Data) -> Any:
    return _by_method(data, "both_layers", "density of the masks")


@figure(
    caption="Rounds of magnitude pruning, each of which removes a fifth of the first layer's "
    "weights and rewinds; monosemantic neurons per feature, features that have one, and loss; "
    f"grey: random masks as dense. {SEEDS}.",
    shows="After the last round a ticket has {ticket_mono} monosemantic neurons per feature more "
    "than the dense model, and {ticket_mono_mask} more than random masks.",
    surprise="Its loss differs by {ticket_loss} from that of random masks and by {ticket_dense} "
    "from the dense model's.",
    sweeps=("tickets",),
)
def tickets(data: Data) -> Any:
    ds = _level(data["tickets"])
    ds = ds.assign_coords(round=coordinate("round", ds["round"].values, "round"))
    return theme.layout(
        *(
            theme.band(ds[[name]], name, "round", "ticket", control="shuffled", markers=True)
            for name in ("mono_per_feature", "coverage", "loss")
        )
    )


@figure(
    caption="Monosemantic neurons per feature against loss, one point per model: masks of the "
    "first layer at all densities, and tickets of all rounds; grey: dense models.",
    shows="Up and to the left is better: against a dense model of as many weights prune-and-grow "
    "changes the loss by {grow_cost}.",
    surprise="Where a method's points lie on one line with the dense ones, what it does to "
    "monosemantic neurons is what any change of the loss does.",
    sweeps=("masked", "dense", "tickets"),
)
def pareto(data: Data) -> Any:
    masked, dense, found = (_level(data[s]) for s in ("masked", "dense", "tickets"))
    parts = {m: at(masked, method=m) for m in masked["method"].values.tolist()}
    parts |= {f"ticket {t}": at(found, ticket=t) for t in found["ticket"].values.tolist()}
    parts |= {"dense": dense}
    longest = max(p["loss"].size for p in parts.values())
    table = xr.Dataset(
        {
            name: variable(
                ("method", "point"),
                [_padded(p[name], longest) for p in parts.values()],
                str(dense[name].attrs["long_name"]),
                "1",
            )
            for name in PAIR
        },
        {"method": coordinate("method", np.array(list(parts), dtype=object), "method")},
    )
    return theme.scatter(table, "mono_per_feature", "loss", "method", control="dense")


def _padded(values: xr.DataArray, size: int) -> np.ndarray:
    flat = values.values.ravel().astype(float)
    return np.pad(flat, (0, size - flat.size), constant_values=np.nan)
