"""Figures of `levers`."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import as_series, named, shares, worded
from tegum.labels import at, coordinate, labelled, variable
from tegum.studies.levers.schema import KINDS
from tegum.studies.levers.settings import (
    LEVEL,
    MODERATE,
    PLAIN,
    SWEEPS,
    by_lever,
    final,
    strongest,
)

SEEDS = "Selectivity above 0.9; mean and 95 % interval over five seeds"
ENDS = f"At the end, learning rate annealed. {SEEDS}"
MONO, LOSS = "mono_per_feature", "evaluation_loss"
AXES = {
    "bias_offset": "bias offset",
    "feature_probability": "feature probability",
    "l1_hidden": "penalty on activations",
    "l1_output": "penalty on outputs",
    "frequency": "frequencies",
}
STARTS = {
    "offset": "offset of -1",
    "below": "below each neuron's largest input",
    "below_all": "below the largest input of all",
}
LEAST = 0.05
"""Share of features that have to gain a neuron for a price to mean anything."""
LAWS = {"uniform": "equal", "power_law": "power law"}
TASKS = {
    "decoder": "features",
    "random_projection": "projection",
    "absolute_value": "absolute values",
}


def _level(ds: xr.Dataset) -> xr.Dataset:
    return at(ds, threshold=LEVEL).drop_vars("threshold")


def _texts(ds: xr.Dataset, axis: str) -> xr.Dataset:
    """Numbers along an axis as categories."""
    texts = np.array([f"{v:g}" for v in ds[axis].values], dtype=object)
    return ds.assign_coords({axis: coordinate(axis, texts, AXES.get(axis, axis))})


def _by_lever(parts: dict[str, xr.DataArray]) -> xr.DataArray:
    """Arrays of several lengths side by side along `lever`, NaN behind the shorter ones."""
    flat = [part.values.ravel().astype(float) for part in parts.values()]
    size = max(map(len, flat))
    rows = [np.pad(row, (0, size - len(row)), constant_values=np.nan) for row in flat]
    first = next(iter(parts.values()))
    names = np.array(list(parts), dtype=object)
    return xr.DataArray(
        variable(("lever", "model"), rows, str(first.attrs["long_name"]), "1"),
        coords={"lever": coordinate("lever", names, "lever")},
    )


@figure(
    caption="Every lever at every strength: monosemantic neurons per feature against the loss on "
    "clean inputs. A point is a model of one of five seeds; grey: no lever. Selectivity above 0.9, "
    "learning rate annealed. Masks, which are levers as well, are in `sparse_training`.",
    shows="Up and to the left is better. Noise of the size of the interference gives "
    "{noise_strongest} monosemantic neurons per feature more than the next best lever.",
    surprise="Loss and monosemanticity are no one trade: what moves a model along the loss and "
    "what gives features neurons of their own are different levers.",
    sweeps=SWEEPS,
)
def pareto(data: Data) -> Any:
    levers = by_lever(data)
    each = {name: {lever: ds[name] for lever, ds in levers.items()} for name in (MONO, LOSS)}
    ds = xr.Dataset({name: _by_lever(parts) for name, parts in each.items()})
    return theme.scatter(ds, MONO, LOSS, "lever", control=PLAIN)


@figure(
    caption="Levers at the strength at which each gives most monosemantic neurons: neurons per "
    "feature gained (left), relative change of the loss (middle), and that change over the share "
    "of features that gain a neuron, ratio of means over seeds, lowest first (right; levers that "
    f"gain 0.05 of the features or more). {ENDS}.",
    shows="Input noise of the size of the interference gains {noise_strongest} neurons per feature "
    "more than the next best lever. At its best strength the bias offset changes the loss by "
    "{free_bias_offset}, noise by {free_bias_offset.control_estimate}.",
    surprise="Where the price is below 0, monosemantic neurons come with a lower loss.",
    sweeps=SWEEPS,
)
def prices(data: Data) -> Any:
    found = strongest(by_lever(data))
    panels = []
    told = {
        "gain": "monosemantic neurons per feature gained",
        "cost": "relative change of the loss",
    }
    for name, title in told.items():
        table = as_series("lever", {lever: ds[name] for lever, ds in found.items()})
        panels.append(theme.intervals(labelled(table["value"], name, title), name, "lever"))
    means = {lever: ds.mean("seed") for lever, ds in found.items()}
    paid = {lever: ds for lever, ds in means.items() if ds["covered"] >= LEAST}
    price = {lever: float(ds["cost"] / ds["covered"]) for lever, ds in paid.items()}
    order = sorted(price, key=lambda lever: price[lever])
    rows = variable(
        ("lever", "seed"), [[price[v]] for v in order], "loss change per feature gained", "1"
    )
    names = {"lever": coordinate("lever", np.array(order, dtype=object), "lever")}
    ranked = xr.Dataset({"price": rows}, names)
    return theme.layout(*panels, theme.intervals(ranked, "price", "lever"))


@figure(
    caption="Share of features with a monosemantic neuron, and loss, against the offset of the "
    f"initial biases, with decay, by feature probability. {ENDS}.",
    shows="The rank correlation of feature probability and how negative the best offset is, is "
    "{offset_scale}.",
    surprise="{offset_scale.reason}.",
    sweeps=("offset",),
)
def offsets(data: Data) -> Any:
    ds = worded(final(data["offset"]), AXES)
    look: Any = {"colours": "viridis", "markers": True}
    return theme.layout(
        *(
            theme.band(ds[[name]], name, "bias_offset", "feature_probability", **look)
            for name in ("coverage", LOSS)
        )
    )


@figure(
    caption="Share of neurons that fire on any sample, and monosemantic neurons per feature, "
    f"against the step, by initial bias; all with decay. {SEEDS}.",
    shows="With an offset of -1 no neuron fires for {idle_share} of training.",
    surprise="Without that time the number of monosemantic neurons at the end differs by "
    "{same_below_all} per feature (just below the largest input of all neurons) and by "
    "{same_below} (just below each neuron's own).",
    sweeps=("starts",),
)
def starts(data: Data) -> Any:
    ds = named(_level(data["starts"]), "start", STARTS, "initial bias")
    ds = ds.swap_dims(checkpoint="step")
    return theme.layout(
        *(theme.band(ds[[name]], name, "step", "start") for name in ("firing_share", MONO))
    )


@figure(
    caption="Fewer neurons than features: share of features that are served by a monosemantic "
    "neuron, shared by others, or ignored (their loss is above 0.9 of that of their mean), by "
    "number of neurons, of 64 features. Left: equal frequencies; right: those of a power law. "
    "Offset -0.5, five seeds together.",
    shows="With 32 neurons the smaller of the shares of served and of shared features is "
    "{mixed_uniform} for equal frequencies and {mixed_power_law} for those of a power law.",
    surprise="Which feature gets what follows its frequency by a rank correlation of {rare_less}.",
    sweeps=("narrow",),
)
def narrow(data: Data) -> Any:
    ds = at(data["narrow"], bias_offset=MODERATE)
    panels = []
    for law, title in LAWS.items():
        kinds = at(ds["kind"], frequency=law)
        groups = {f"{w:g} neurons": at(kinds, width=w) for w in ds["width"].values}
        classes = {str(float(n)): name for n, name in enumerate(KINDS)}
        texts = {name: part.astype(str) for name, part in groups.items()}
        table = shares(texts, classes, "neurons", "features")
        panels.append(theme.heatmap(table, "share", "class", "group", title=title))
    return theme.layout(*panels)


@figure(
    caption="Left: monosemantic neurons per feature against the step, at the peak of a periodic "
    f"learning rate, by law of the frequencies. {SEEDS}. Right: step from which on a feature has a "
    "monosemantic neuron, against its frequency with a power law; a dot is a feature of a model.",
    shows="Over the last two octaves the number changes by {flat_uniform} per feature and octave "
    "for equal frequencies, and by {moving_power_law} for those of a power law.",
    surprise="The rank correlation of rarity and the step at which a feature gets its neuron is "
    "{late_rare}.",
    sweeps=("long",),
)
def long(data: Data) -> Any:
    ds = named(_level(data["long"]), "frequency", LAWS, "frequencies")
    # The first look is not in the phase of the others.
    ds = ds.isel(checkpoint=slice(1, None)).swap_dims(checkpoint="step")
    counts = theme.band(ds[[MONO]], MONO, "step", "frequency")
    late = at(data["long"][["served_step", "feature_frequency"]], frequency="power_law")
    return theme.layout(
        counts,
        theme.scatter(late, "served_step", "feature_frequency", logx=True),
    )


@figure(
    caption="Penalties on activations and on outputs: monosemantic neurons per feature and loss "
    f"without the penalties. {ENDS}.",
    shows="The stronger penalty on outputs alone gives {lasso_mono} monosemantic neurons per "
    "feature more and changes the loss by {lasso_error}.",
    surprise="With the stronger penalty on activations it adds {lasso_both} per feature.",
    sweeps=("penalties",),
)
def penalties(data: Data) -> Any:
    ds = _texts(_texts(final(data["penalties"]), "l1_hidden"), "l1_output")
    return theme.layout(
        *(theme.intervals(ds[[name]], name, "l1_output", "l1_hidden") for name in (MONO, LOSS))
    )


@figure(
    caption="Monosemantic neurons per feature by what a model computes, with and without a "
    f"negative initial bias (left), and by how its neurons are chosen (right). {ENDS}.",
    shows="The offset adds {offset_decoder} per feature where features are recovered, "
    "{offset_random_projection} where they are mapped to another projection and "
    "{offset_absolute_value} where absolute values are taken.",
    surprise="At equal arithmetic a learned router adds {routing_mono} per feature and changes the "
    "loss by {routing_loss}; a random one by {routing_loss.control_estimate}.",
    sweeps=("tasks", "routing", "plain"),
)
def tasks(data: Data) -> Any:
    ds = named(_texts(final(data["tasks"]), "bias_offset"), "task", TASKS, "what is computed")
    routed = final(data["routing"])
    parts = {name: at(routed[MONO], routing=name) for name in ("learned", "random")}
    table = as_series("routing", {"none": final(data["plain"])[MONO], **parts}, "router")
    return theme.layout(
        theme.intervals(ds[[MONO]], MONO, "task", "bias_offset"),
        theme.intervals(table, "value", "routing"),
    )
