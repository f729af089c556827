"""Figures: curves, levers, neurons, phases, costs, and dictionaries beside their controls."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable

LEVEL = 0.9
"""Selectivity above which a neuron counts, as in the claims."""
SEEDS = "Five seeds; bands and bars are 95 % bootstrap intervals of the mean over seeds."
ALIKE = "Equal seeds share initial weights, embedding and batches."

Data = Mapping[str, xr.Dataset]


def _level(ds: xr.Dataset) -> xr.Dataset:
    return ds.sel(threshold=LEVEL, method="nearest", drop=True)


def _stages_of_training(ds: xr.Dataset) -> xr.Dataset:
    """First and last checkpoint side by side, along `model`."""
    parts = [_level(ds).isel(checkpoint=i, drop=True) for i in (-1, 0)]
    return _along("model", ["trained", "untrained"], parts)


def _along(dim: str, values: list[Any], parts: list[xr.Dataset]) -> xr.Dataset:
    joined = xr.concat(parts, dim, coords="minimal", compat="override", combine_attrs="override")
    return joined.assign_coords({dim: coordinate(dim, np.array(values, dtype=object), dim)})


def _training_curves(data: Data) -> Any:
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


def _width(data: Data) -> Any:
    ds = _stages_of_training(data["width"])
    features = float(data["width"]["n_features"].values.flat[0])
    panels = [
        theme.overlay(
            theme.band(ds[[name]], name, "width", "model", markers=True, control="untrained"),
            theme.reference_line(features, axis="x"),
        )
        for name in ("mono_per_feature", "mono_per_neuron")
    ]
    return theme.layout(*panels)


def _levers(data: Data) -> Any:
    axes = ("bias_offset", "learning_rate", "feature_probability", "l1_hidden")
    panels = []
    for axis in (a for a in axes if a in data):
        ds = _stages_of_training(data[axis])[["mono_per_feature"]]
        panels.append(theme.intervals(ds, "mono_per_feature", axis, "model", control="untrained"))
    return theme.layout(*panels)


def _bias_by_rank(data: Data) -> Any:
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
        theme.reference_line(features, axis="x"),
    )


def _histogram(data: Data) -> Any:
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
        theme.reference_line(LEVEL, axis="x"),
    )


def _phase(data: Data) -> Any:
    ds = data["learning_rate"]
    scale = ds["learning_rate_scale"].values
    trough = int(np.flatnonzero(np.isclose(scale, scale.min()))[-1])
    panels = []
    for name, threshold in (
        ("mono_per_feature", LEVEL),
        ("mono_per_feature", 0.999),
        ("loss_ratio", LEVEL),
    ):
        level = ds.sel(threshold=threshold, method="nearest", drop=True)[[name]]
        parts = [level.isel(checkpoint=i, drop=True) for i in (-1, trough)]
        phases = ["peak", "trough"]
        if name != "loss_ratio":  # the loss before training would hide the rest
            parts.append(level.isel(checkpoint=0, drop=True))
            phases.append("untrained")
        table = _along("phase", phases, parts)
        title = "" if name == "loss_ratio" else f"selectivity above {threshold}"
        look: Any = {"control": "untrained", "title": title}
        panels.append(theme.intervals(table, name, "learning_rate", "phase", **look))
    return theme.layout(*panels)


def _pareto(data: Data) -> Any:
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


def _noise(data: Data) -> Any:
    ds = _level(data["input_noise"])
    final = ds.isel(checkpoint=-1, drop=True)
    counts = _stages_of_training(data["input_noise"])[["mono_per_feature"]]
    kinds = [final[[n]].rename({n: "mean_bias"}) for n in ("bias_mono", "bias_poly")]
    biases = _along("neurons", ["mono", "poly"], kinds)
    biases["mean_bias"].attrs = {"long_name": "mean bias", "units": "1"}
    return theme.layout(
        theme.band(
            counts, "mono_per_feature", "input_noise", "model", control="untrained", markers=True
        ),
        theme.band(final[["loss_ratio"]], "loss_ratio", "input_noise", markers=True),
        theme.band(biases, "mean_bias", "input_noise", "neurons", control="poly", markers=True),
    )


def _recovery(data: Data) -> Any:
    ds = data["dictionaries"].mean("bias_offset", keep_attrs=True)
    panels = []
    for name in ("mcc", "support_f1"):
        for site in ds["site"].values.tolist():
            table = ds[[name]].sel(site=site, drop=True)
            look: Any = {"ylim": (0, 1.02), "title": f"site: {site}"}
            panels.append(theme.intervals(table, name, "control", "architecture", **look))
    return theme.layout(*panels)


def _matrices(data: Data) -> Any:
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


FIGURES = {
    "training_curves": Figure(
        caption=f"Evaluation loss, monosemantic neurons per feature (selectivity above {LEVEL}) "
        "and mean bias against the number of updates, by initial bias offset; 0, grey, is the "
        f"control. {SEEDS} {ALIKE}",
        shows="The loss falls fastest without an offset at first, yet every negative offset ends "
        "below it; monosemantic neurons appear mostly while the learning rate decays, in the "
        "second half.",
        surprise="Offsets of -0.25 and -0.5 make a sixth of a feature's worth of neurons selective "
        "before any training: these are lost at first and others are made later, so that the "
        "final count alone overstates what training did.",
        draw=_training_curves,
    ),
    "width": Figure(
        caption="Monosemantic neurons per feature and per neuron against the width, before and "
        f"after training; dashed line: as many neurons as features. {SEEDS}",
        shows="Trained models have monosemantic neurons only from about as many neurons as "
        "features on, and more of them with more width.",
        surprise="At every width the untrained models, which share the bias offset, have more "
        "selective neurons than the trained ones; below the number of features there is no "
        "trained one at all, unlike the published mixture.",
        draw=_width,
    ),
    "levers": Figure(
        caption="Monosemantic neurons per feature against bias offset, learning rate (no offset), "
        f"feature probability and activation penalty; grey: untrained. {SEEDS}",
        shows="A moderately negative offset, a high learning rate, dense features and a penalty on "
        "the activations each raise the count; the penalty of 0.03 raises it most.",
        surprise="With an offset of -0.25 or -0.5 untrained models already reach 0.16; only the "
        "penalty, the high learning rates, the densest features and the offset of -1 end above "
        "their own start.",
        draw=_levers,
    ),
    "bias_by_rank": Figure(
        caption="Biases of the neurons of each trained model, sorted, by initial bias offset; 0, "
        f"grey, is the control; dashed line: number of features. {SEEDS}",
        shows="With an offset the neurons split into a group with biases of -0.2 to -0.35 and one "
        "near 0; without one they form a single group around 0.",
        surprise="The negative group has about as many neurons as there are features at -0.5, and "
        "more, about 95, at -1: they are nearly, not fully, selective (see the histogram).",
        draw=_bias_by_rank,
    ),
    "selectivity_histogram": Figure(
        caption="Distribution of the neurons' selectivity (20 bins) by initial bias offset; 0, "
        f"grey, is the control; dashed line: the level that counts here. {SEEDS}",
        shows="Without an offset nearly all neurons have a selectivity near 0.1; with one a second "
        "mode appears around 0.8.",
        surprise="The second mode lies below the level of 0.9: most neurons that look tuned to one "
        "feature are not counted, and at the published 0.999 almost none is.",
        draw=_histogram,
    ),
    "learning_rate_phase": Figure(
        caption="Monosemantic neurons per feature at two levels, and loss over null loss, at the "
        "peak and at the trough of the periodic learning rate, half a period apart, against the "
        f"base rate; grey: untrained. {SEEDS}",
        shows="At learning rates of 0.01 and above there are more monosemantic neurons at the peak "
        "of the learning rate than half a period away, while the loss is lower at the trough.",
        surprise="At 0.03 the count falls to about a quarter between a peak and a trough: the "
        "stationary noise of a high rate makes neurons selective, not the minimum that is "
        "reached.",
        draw=_phase,
    ),
    "loss_pareto": Figure(
        caption="Monosemantic neurons per feature against loss over null loss, at the end of "
        "training; each point is one model, at one value of one lever and one of five seeds.",
        shows="Up to 0.2 monosemantic neurons per feature come with a lower loss, 0.4 by an "
        "activation penalty nearly free; one per feature, by noise, costs 60 % more loss.",
        surprise="The activation penalty beats the bias offset and the learning rate, the levers "
        "of the paper, at every loss where they can be compared.",
        draw=_pareto,
    ),
    "noise": Figure(
        caption="Input noise while training, in units of the interference sigma_I: monosemantic "
        "neurons per feature, clean loss over null loss, mean bias of mono and poly neurons; grey: "
        f"untrained, and poly neurons. {SEEDS}",
        shows="Noise of sigma_I gives nearly one monosemantic neuron per feature without any bias "
        "offset; the biases of monosemantic neurons follow the noise, those of the others "
        "hardly.",
        surprise="Half of that noise multiplies the count for 6 % more clean loss; the full noise "
        "costs 64 %.",
        draw=_noise,
    ),
    "recovery": Figure(
        caption="True features recovered by dictionaries (matched |cos|, and F1 of the supports) "
        "on inputs and hidden pre-activations, beside three controls: untrained weights, permuted "
        f"dimensions, matched Gaussian; mean of two bias offsets. {SEEDS}",
        shows="TopK dictionaries recover most true directions (0.84 to 0.86) and about half of the "
        "supports; permuted dimensions and a Gaussian give far less.",
        surprise="Untrained weights do as well as trained ones, and better for L1: at this site "
        "the dictionary finds features of the data, not of the model. A Gaussian alone still "
        "reaches a matched cosine of 0.6 with 64 directions in 16 dimensions.",
        draw=_recovery,
    ),
    "activation_matrices": Figure(
        caption="Response of every second neuron to every feature alone, for one seed (n = 1, no "
        "interval) without a bias offset, the control, and with one; neurons sorted by largest "
        "over mean response.",
        shows="With the offset rather more than half of the neurons answer mostly to one feature, "
        "on the diagonal, and the rest to many; without it nearly all answer to many.",
        surprise="Without an offset most features nevertheless have a neuron that answers to them "
        "most; it answers to others too.",
        draw=_matrices,
    ),
}
