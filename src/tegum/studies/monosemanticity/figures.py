"""Figures: curves, levers, neurons, phases, costs, and dictionaries beside their controls."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.labels import at, coordinate, joined, variable

LEVEL = 0.9
"""Selectivity above which a neuron counts, as in the claims."""
SEEDS = "Five seeds; bands and bars are 95 % bootstrap intervals of the mean over seeds."
ALIKE = "Equal seeds share initial weights, embedding and batches."

Data = Mapping[str, xr.Dataset]


def _level(ds: xr.Dataset) -> xr.Dataset:
    return at(ds, threshold=LEVEL).drop_vars("threshold")


def _stages_of_training(ds: xr.Dataset) -> xr.Dataset:
    """First and last checkpoint side by side, along `model`."""
    trained, untrained = (_level(ds).isel(checkpoint=i, drop=True) for i in (-1, 0))
    return joined("model", {"trained": trained, "untrained": untrained})


@figure(
    caption=f"Evaluation loss, monosemantic neurons per feature (selectivity above {LEVEL}) "
    "and mean bias against the number of updates, by initial bias offset; 0, grey, is the "
    f"control. {SEEDS} {ALIKE}",
    shows="Monosemantic neurons and losses have to be read together: after training the moderate "
    "offset changes the loss by {m3_loss} of that without one, and the count by {m3} per feature.",
    surprise="The offset alone makes neurons selective before any training (first checkpoint; "
    "{m3.control_estimate} per feature more than without it), so that the final count by itself "
    "overstates what training did.",
    sweeps=("bias_offset",),
)
def training_curves(data: Data) -> Any:
    ds = _level(data["bias_offset"]).drop_vars("checkpoint").rename(checkpoint="updates")
    ds = ds.assign_coords(updates=coordinate("updates", ds["step"].values + 1, "updates"))
    ds = ds.drop_vars(["step", "learning_rate_scale"])
    look: Any = {"logx": True, "control": 0.0, "legend": "right"}
    return theme.layout(
        *(
            theme.band(ds[[name]], name, "updates", "bias_offset", **look)
            for name in ("evaluation_loss", "mono_per_feature", "bias_mean")
        ),
        columns=1,
    )


@figure(
    caption="Monosemantic neurons per feature and per neuron against the width, before and "
    f"after training; dashed line: as many neurons as features. {SEEDS}",
    shows="A doubling of the width adds {m7} monosemantic neurons per feature (m7: {m7.verdict}). "
    "Left of the dashed line the published mixture of served and shared features would show as "
    "trained models with some (m8: {m8.verdict}).",
    surprise="The untrained models, which share the bias offset, gain {m7.control_estimate} per "
    "doubling: selective neurons are no sign of training by themselves.",
    sweeps=("width",),
)
def width(data: Data) -> Any:
    ds = _stages_of_training(data["width"])
    features = float(data["width"]["n_features"].values.flat[0])
    panels = [
        theme.overlay(
            theme.band(ds[[name]], name, "width", "model", markers=True, control="untrained"),
            theme.reference_line(features, "features", axis="x"),
        )
        for name in ("mono_per_feature", "mono_per_neuron")
    ]
    return theme.layout(*panels)


@figure(
    caption="Monosemantic neurons per feature against bias offset, learning rate (no offset), "
    f"feature probability and activation penalty; grey: untrained. {SEEDS}",
    shows="Each panel is one lever. Gains in monosemantic neurons per feature: {m3} by a "
    "moderately negative offset, {m1} by a higher learning rate, {m11} by the strongest penalty "
    "on the activations.",
    surprise="With an offset untrained models have selective neurons already: "
    "{m3.control_estimate} per feature more than without, so that each trained point has to be "
    "read beside its own grey one.",
    sweeps=("bias_offset",),
)
def levers(data: Data) -> Any:
    axes = ("bias_offset", "learning_rate", "feature_probability", "l1_hidden")
    found = {
        axis: _stages_of_training(data[axis])[["mono_per_feature"]] for axis in axes if axis in data
    }
    top = max(float(ds["mono_per_feature"].max()) for ds in found.values())
    look: Any = {"control": "untrained", "ylim": (-0.05 * top, 1.05 * top)}  # one scale for all
    panels = [
        theme.intervals(ds, "mono_per_feature", a, "model", **look) for a, ds in found.items()
    ]
    return theme.layout(*panels)


@figure(
    caption="Biases of the neurons of each trained model, sorted, by initial bias offset; 0, "
    f"grey, is the control; dashed line: number of features. {SEEDS}",
    shows="With an offset neurons that are monosemantic should form a group of negative biases "
    "below the others: their mean lies below that of the polysemantic ones in every run if m2 "
    "holds ({m2.verdict}; the largest difference is {m2}).",
    surprise="A neuron of the negative group need not be selective enough to count: compare with "
    "the histogram of selectivity.",
    sweeps=("bias_offset",),
)
def bias_by_rank(data: Data) -> Any:
    ds = data["bias_offset"]
    ordered = ds["bias"].copy(
        data=np.sort(ds["bias"].values, axis=ds["bias"].get_axis_num("hidden"))
    )
    table = xr.Dataset({"bias": ordered}).rename(hidden="rank")
    table = table.assign_coords(
        rank=coordinate("rank", np.arange(1, table.sizes["rank"] + 1), "neurons by bias")
    )
    features = float(ds["n_features"].values.flat[0])
    return theme.overlay(
        theme.band(table, "bias", "rank", "bias_offset", control=0.0),
        theme.reference_line(features, "features", axis="x"),
    )


@figure(
    caption="Distribution of the neurons' selectivity (20 bins) by initial bias offset; 0, "
    f"grey, is the control; dashed line: the level that counts here. {SEEDS}",
    shows="One mode near 0 is neurons that answer to many features; a second mode, where there is "
    "one, is neurons that answer mostly to one.",
    surprise="Neurons of the second mode count only to the right of the dashed line: the count "
    "depends on the level at which it is taken, and can only be smaller at the published, higher "
    "one.",
    sweeps=("bias_offset",),
)
def selectivity_histogram(data: Data) -> Any:
    ds = data["bias_offset"]
    edges = np.linspace(0, 1, 21)
    counts = xr.apply_ufunc(
        lambda row: np.histogram(row, edges)[0] / row.size,
        ds["selectivity"],
        input_core_dims=[["hidden"]],
        output_core_dims=[["bin"]],
        vectorize=True,
    )
    centres = coordinate("bin", (edges[1:] + edges[:-1]) / 2, "selectivity of a neuron")
    share = variable(counts.dims, counts.values, "share of neurons", "1")
    coords = {a: ds[a].variable for a in ("bias_offset", "seed")} | {"bin": centres}
    table = xr.Dataset({"share": share}, coords)
    return theme.overlay(
        theme.band(table, "share", "bin", "bias_offset", control=0.0),
        theme.reference_line(LEVEL, "monosemantic", axis="x"),
    )


@figure(
    caption="Monosemantic neurons per feature at two levels, and loss over null loss, at the "
    "peak and at the trough of the periodic learning rate, half a period apart, against the "
    f"base rate; grey: untrained. {SEEDS}",
    shows="The higher learning rate gives {m1} more monosemantic neurons per feature at the peak "
    "and {m3b} at the trough, where its loss differs by {m3b_loss} of that of the lower rate.",
    surprise="The count depends on the phase of the learning rate: where it is larger at the "
    "peak, the stationary noise of a high rate makes neurons selective, not the minimum that is "
    "reached.",
    sweeps=("learning_rate",),
)
def learning_rate_phase(data: Data) -> Any:
    ds = data["learning_rate"]
    scale = ds["learning_rate_scale"].values
    trough = int(np.flatnonzero(np.isclose(scale, scale.min()))[-1])
    panels = []
    for name, threshold in (
        ("mono_per_feature", LEVEL),
        ("mono_per_feature", 0.999),
        ("loss_ratio", LEVEL),
    ):
        level = at(ds, threshold=threshold).drop_vars("threshold")[[name]]
        phases = {"peak": -1, "trough": trough, "untrained": 0}
        if name == "loss_ratio":
            del phases["untrained"]  # whose loss would hide the rest
        parts = {phase: level.isel(checkpoint=i, drop=True) for phase, i in phases.items()}
        table = joined("phase", parts)
        title = "" if name == "loss_ratio" else f"selectivity above {threshold}"
        look: Any = {"control": "untrained", "title": title}
        panels.append(theme.intervals(table, name, "learning_rate", "phase", **look))
    return theme.layout(*panels)


@figure(
    caption="Monosemantic neurons per feature against loss over null loss, at the end of "
    "training; each point is one model, at one value of one lever and one of five seeds.",
    shows="Up and to the left is better. The smallest penalty on the activations changes the loss "
    "by {m11_loss}, half of the noise by {m17_cost}, the full noise by "
    "{m17_cost.control_estimate}.",
    surprise="The strongest penalty on the activations, which is no lever of the paper's main "
    "text, gives {m11} monosemantic neurons per feature more than none and changes the loss by "
    "{m11_loss.control_estimate}.",
    sweeps=("bias_offset",),
)
def loss_pareto(data: Data) -> Any:
    sweeps = [s for s in ("bias_offset", "learning_rate", "l1_hidden", "input_noise") if s in data]
    names = ("loss_ratio", "mono_per_feature")
    parts = []
    for sweep in sweeps:
        final = _level(data[sweep]).isel(checkpoint=-1, drop=True)
        parts.append({n: final[n].values.ravel() for n in names})
    longest = max(len(p[names[0]]) for p in parts)
    table = xr.Dataset(
        {
            n: variable(
                ("sweep", "point"),
                [np.pad(p[n], (0, longest - len(p[n])), constant_values=np.nan) for p in parts],
                str(data[sweeps[0]][n].attrs["long_name"]),
                "1",
            )
            for n in names
        },
        {"sweep": coordinate("sweep", np.array(sweeps, dtype=object), "lever")},
    )
    names_of = {s: s.replace("_", " ") for s in sweeps}
    return theme.scatter(table, "mono_per_feature", "loss_ratio", "sweep", labels=names_of)  # pyright: ignore[reportArgumentType]


LEVERS = {
    "bias_offset": 0.0,
    "learning_rate": 0.003,
    "l1_hidden": 0.0,
    "input_noise": 0.0,
    "width": 64.0,
}
"""Sweep, which is named as its axis, to the value that the others are compared with."""


def _against_base(ds: xr.Dataset, axis: str) -> xr.Dataset:
    """Features gained and relative change of the loss at each other value: (value, seed)."""
    last = _level(ds).isel(checkpoint=-1, drop=True)
    base = at(last, **{axis: LEVERS[axis]})
    others = last.isel({axis: ~np.isclose(last[axis].values, LEVERS[axis])}).rename({axis: "value"})
    gain = others["coverage"] - base["coverage"]
    cost = others["evaluation_loss"] / base["evaluation_loss"] - 1
    return xr.Dataset({"gain": gain, "cost": cost}).transpose("value", "seed")


@figure(
    caption="Top: features that gain a monosemantic neuron (share of all) against the relative "
    "change of the evaluation loss, both against the lever's base in the same seed; one point per "
    "value of the lever and seed. Bottom: that change per share of the features gained, at the "
    f"value of each lever that gains most, levers sorted by it. {SEEDS}",
    shows="The cheapest levers stand on the left of the ranking; below the line a lever lowers the "
    "loss as well. For one of them, a moderately negative offset, the loss changes by {m3_loss}; "
    "for the noise that gains most, by {m17_cost.control_estimate}.",
    surprise="What gains most is not what costs least: the ranking orders levers at their best "
    "value, and half of the noise costs {m17_cost}.",
    sweeps=("bias_offset",),
)
def lever_ranking(data: Data) -> Any:
    found = {s.replace("_", " "): _against_base(data[s], s) for s in LEVERS if s in data}
    longest = max(t["gain"].size for t in found.values())
    points = {
        n: [
            np.append(t[n].values.ravel(), np.full(longest - t[n].size, np.nan))
            for t in found.values()
        ]
        for n in ("gain", "cost")
    }
    names = coordinate("lever", np.array(list(found), dtype=object), "lever")
    told = {"gain": "share of features gained", "cost": "relative change of the loss"}
    table = xr.Dataset(
        {n: variable(("lever", "point"), points[n], told[n], "1") for n in told}, {"lever": names}
    )
    best = [t.isel(value=int(np.argmax(t["gain"].mean("seed").values))) for t in found.values()]
    price = np.array([(t["cost"] / t["gain"].where(t["gain"] > 0)).values for t in best])
    order = np.argsort(np.nan_to_num(price.mean(1), nan=np.inf))
    ranked = xr.Dataset(
        {"price": variable(("lever", "seed"), price[order], "change of the loss / gain", "1")},
        {"lever": names[order], "seed": best[0]["seed"].variable},
    )
    return theme.layout(
        theme.scatter(table, "gain", "cost", "lever"),
        theme.overlay(
            theme.intervals(ranked, "price", "lever"), theme.reference_line(0.0, "no cost")
        ),
        columns=1,
    )


@figure(
    caption="Input noise while training, in units of the interference sigma_I: monosemantic "
    "neurons per feature, clean loss over null loss, mean bias of mono and poly neurons; grey: "
    f"untrained, and poly neurons. {SEEDS}",
    shows="Noise of sigma_I gives {m17} more monosemantic neurons per feature without any bias "
    "offset; from half to full noise the biases of monosemantic neurons move by {m15}, those of "
    "the others by {m15.control_estimate}.",
    surprise="Half of that noise and all of it cost differently: the clean loss changes by "
    "{m17_cost} and by {m17_cost.control_estimate}.",
    sweeps=("input_noise",),
)
def noise(data: Data) -> Any:
    ds = _level(data["input_noise"])
    final = ds.isel(checkpoint=-1, drop=True)
    counts = _stages_of_training(data["input_noise"])[["mono_per_feature"]]
    parts = {k: final[[f"bias_{k}"]].rename({f"bias_{k}": "mean_bias"}) for k in ("mono", "poly")}
    biases = joined("neurons", parts)
    biases["mean_bias"].attrs = {"long_name": "mean bias", "units": "1"}
    return theme.layout(
        theme.band(
            counts, "mono_per_feature", "input_noise", "model", control="untrained", markers=True
        ),
        theme.band(final[["loss_ratio"]], "loss_ratio", "input_noise", markers=True),
        theme.band(biases, "mean_bias", "input_noise", "neurons", control="poly", markers=True),
    )


@figure(
    caption="True features recovered by dictionaries (matched |cos|, and F1 of the supports) "
    "on inputs and hidden pre-activations, beside three controls: untrained weights, permuted "
    f"dimensions, matched Gaussian; mean of two bias offsets. {SEEDS}",
    shows="At the hidden pre-activations TopK dictionaries recover directions better than from "
    "permuted dimensions by {sae_beats_permuted} and than from a Gaussian by "
    "{sae_beats_gaussian}; directions exceed supports by {sae_directions_not_supports}.",
    surprise="Against untrained weights the gain is {sae_beats_untrained} (sae_beats_untrained: "
    "{sae_beats_untrained.verdict}): without one, the dictionary finds features of the data, not "
    "of the model. A Gaussian alone reaches a matched |cos| of "
    "{sae_beats_gaussian.control_estimate}.",
    sweeps=("dictionaries",),
)
def recovery(data: Data) -> Any:
    ds = data["dictionaries"].mean("bias_offset", keep_attrs=True)
    panels = []
    for name in ("mcc", "support_f1"):
        for site in ds["site"].values.tolist():
            table = ds[[name]].sel(site=site, drop=True)
            look: Any = {"ylim": (0, 1.02), "title": f"site: {site}"}
            panels.append(theme.intervals(table, name, "control", "architecture", **look))
    return theme.layout(*panels)


@figure(
    caption="Response of every second neuron to every feature alone, for one seed (n = 1, no "
    "interval) without a bias offset, the control, and with one; neurons sorted by largest "
    "over mean response.",
    shows="A neuron that answers mostly to one feature is a single dark cell in its row, on the "
    "diagonal; one that answers to many is a row of them.",
    surprise="A feature that has a neuron that answers to it most is not yet served by it alone: "
    "the same row may answer to others too.",
    sweeps=("dictionaries",),
)
def activation_matrices(data: Data) -> Any:
    ds = data["dictionaries"]
    panels = []
    for offset in ds["bias_offset"].values.tolist():
        table = ds[["response"]].sel(bias_offset=offset, drop=True)
        values = table["response"].transpose("hidden", "feature").values
        ratio = values.max(1) / np.maximum(values.mean(1), 1e-10)
        neurons = np.argsort(-ratio, kind="stable")[::2]
        first = values[neurons].argmax(0)
        features = np.argsort(first, kind="stable")
        image = xr.Dataset(
            {
                "response": variable(
                    ("hidden", "feature"),
                    values[neurons][:, features],
                    "response",
                    "1",
                )
            },
            {
                "hidden": coordinate(
                    "hidden", np.arange(len(neurons)), "every second neuron, by max / mean"
                ),
                "feature": coordinate("feature", np.arange(len(features)), "features by neuron"),
            },
        )
        panels.append(
            theme.heatmap(image, "response", "feature", "hidden", title=f"bias offset {offset:g}")
        )
    return theme.layout(*panels)
