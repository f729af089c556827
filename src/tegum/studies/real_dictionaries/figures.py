"""Figures of `real_dictionaries`."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import as_series, named, worded
from tegum.labels import along, at, coordinate, labelled

SEEDS = "Mean and 95 % interval over five dictionaries"
SHORT = {
    "none": "trained model",
    "untrained": "weights drawn anew",
    "untrained_kept": "… embedding kept",
    "matched_normal": "Gaussian weights",
    "matched_normal_kept": "… embedding kept ",
    "spectrum": "equal singular values",
    "spectrum_kept": "… embedding kept  ",
    "unigram": "shuffled tokens",
    "uniform": "uniform tokens",
    "gaussian": "matched Gaussian",
    "permuted_dimensions": "permuted dimensions",
    "permuted_latents": "permuted latents",
    "random_decoder": "random directions, same codes",
    "frozen_decoder": "frozen random decoder",
}


def _short(ds: xr.Dataset) -> xr.Dataset:
    """With short names of its rungs."""
    return named(ds, "rung", {name: SHORT[name] for name in ds["rung"].values}, "activations")


@figure(
    caption="Fraction of variance that dictionaries of 256 latents, 16 of which fire, leave of "
    "held-out activations after block 14 of SmolLM2, and of what has lost some of its structure. "
    f"Left: TopK. Right: BatchTopK on the controls that are hardest to beat. {SEEDS}.",
    shows="With weights drawn anew and the trained embedding the dictionary leaves "
    "{ladder_untrained_kept} more (below 0: less) than of the trained model, of a Gaussian of "
    "equal covariance {ladder_gaussian} more.",
    surprise="With weights drawn anew reconstruction is similar: {heap_alike.verdict}.",
    sweeps=("ladder", "batchtopk"),
)
def ladder(data: Data) -> Any:
    return theme.layout(
        *(
            theme.intervals(
                _short(data[sweep][["fvu"]]),
                "fvu",
                "rung",
                title=title,
                ylim=(0.0, None),
            )
            for sweep, title in (("ladder", "TopK"), ("batchtopk", "BatchTopK"))
        )
    )


@figure(
    caption="Entropy over tokens of what a latent fires on, mean over the latents of a dictionary: "
    f"0 for latents of a single token. {SEEDS}.",
    shows="Latents of the trained model have {heap_tokens} more than those of weights drawn anew "
    "with the trained embedding.",
    surprise="Against shuffled tokens one sees how much of this is the context.",
    sweeps=("ladder",),
)
def tokens(data: Data) -> Any:
    entropy = data["ladder"]["token_entropy"].mean("latent")
    known = [name for name in entropy["rung"].values if np.isfinite(at(entropy, rung=name)).all()]
    table = labelled(at(entropy, rung=known), "entropy", "entropy over tokens", "nat")
    return theme.intervals(_short(table), "entropy", "rung", ylim=(0.0, None))


@figure(
    caption="Fraction of variance that TopK dictionaries leave of activations after several blocks "
    "of SmolLM2 and of Gaussian ones of their covariance; one panel per number of latents. "
    f"{SEEDS}.",
    shows="Behind the last block the Gaussian leaves {last_excess} more (below 0: less) than the "
    "activations.",
    surprise="Behind earlier blocks the difference is larger by {last_least} (below 0: smaller).",
    sweeps=("layers",),
)
def layers(data: Data) -> Any:
    short = {"none": "activations", "gaussian": "matched Gaussian"}
    ds = named(data["layers"][["fvu"]], "rung", short, "")
    texts = np.array([f"{v}" for v in ds["layer"].values], dtype=object)
    ds = ds.assign_coords(layer=coordinate("layer", texts, "block"))
    return theme.layout(
        *(
            theme.intervals(
                one.drop_vars("latents"),
                "fvu",
                "layer",
                "rung",
                control=["matched Gaussian"],
                title=f"{int(one['latents'])} latents",
                ylim=(0.0, None),
            )
            for one in along(ds, "latents")
        )
    )


@figure(
    caption="KL divergence of SmolLM2's outputs, over that of isotropic changes of equal length, "
    "when the activation of the last token after block 14 is changed. Left: in the place of the "
    "activation. Right: moves of its reconstruction. " + SEEDS + ", other texts for each.",
    shows="Errors of the dictionary do {g1} times what random changes do, with corrected norms "
    "{g1_norm} times, and {g1_covariance} times what changes of equal covariance do.",
    surprise="Active latents alone, moved as far, do {g3} times what random moves do, inactive "
    "ones {g3.control_estimate} times.",
    sweeps=("outputs",),
)
def errors(data: Data) -> Any:
    ds = data["outputs"]
    panels = []
    for name, dim in (("kl", "substitution"), ("moved_kl", "move")):
        over = ds[name] / at(ds[name], **{dim: "isotropic"})
        kept = [v for v in over[dim].values if v not in ("isotropic", "mean")]
        table = labelled(at(over, **{dim: kept}), "ratio", "KL over that of isotropic changes")
        words = coordinate(dim, table[dim].values, "change")
        drawn = theme.intervals(table.assign_coords({dim: words}), "ratio", dim, logy=True)
        panels.append(theme.overlay(drawn, theme.reference_line(1.0, "as a random change")))
    return theme.layout(*panels)


@figure(
    caption="KL divergence of SmolLM2's outputs along lines that leave an activation after block "
    "14, against the distance over that of a mean activation from the mean; grey: isotropic. "
    f"{SEEDS}, other texts for each.",
    shows="Half of the largest divergence is reached towards another activation at {g5} of the "
    "distance that an isotropic direction takes.",
    surprise="Against directions of equal covariance it is {g5.control_estimate}.",
    sweeps=("outputs",),
)
def lines(data: Data) -> Any:
    ds = worded(data["outputs"][["line_kl"]], {"line": "direction"})
    return theme.band(ds, "line_kl", "distance", "line", control="isotropic")


@figure(
    caption="KL divergence of SmolLM2's outputs on spheres around activations after block 14, over "
    "the median of random directions. Left: mean over directions of a kind, against the radius "
    "over the distance of a mean activation from the mean; mixtures are of eight inactive latents. "
    "Right: on the great circle of the middle radius from an active latent (0°) over an inactive "
    f"one (90°). {SEEDS}, other texts for each.",
    shows="Active latents stand out by {g4_active} at the radius where they do least, inactive "
    "ones on the largest spheres by {g4_inactive}, on the smallest by {g4_below}; their mixtures "
    "by {g4_mixture} at most.",
    surprise="On the toy with a threshold inactive features stand out above it alone; here: "
    "g4_inactive {g4_inactive.verdict}, g4_below {g4_below.verdict}.",
    sweeps=("outputs",),
)
def spheres(data: Data) -> Any:
    ds = worded(data["outputs"][["sphere_peak", "sphere_circle"]], {"kind": "direction"})
    level = theme.reference_line(1.0, "as a random direction")
    look: Any = {"control": "equal covariance", "logx": True, "logy": True, "markers": True}
    left = theme.band(ds[["sphere_peak"]], "sphere_peak", "radius", "kind", **look)
    right = theme.band(ds[["sphere_circle"]], "sphere_circle", "angle")
    return theme.layout(theme.overlay(left, level), theme.overlay(right, level))


@figure(
    caption="KL divergence of SmolLM2's outputs after a latent is added to the activation of the "
    "last token, by as much as it is on average where it fires, against the share of tokens on "
    "which it fires; grey: random directions as long, isotropic and of equal covariance. One point "
    "per latent, five dictionaries.",
    shows="The median latent does {latents_effect} times what an isotropic direction does, and "
    "{latents_effect.control_estimate} times what one of equal covariance does.",
    surprise="{latents_moving} of the latents do more than a direction of equal covariance.",
    sweeps=("outputs",),
)
def latents(data: Data) -> Any:
    ds = data["outputs"]
    kinds = {
        "latent": ds["latent_kl"],
        "isotropic": ds["random_kl"],
        "equal covariance": ds["matched_kl"],
    }
    table = as_series("direction", kinds, "direction")
    table = table.assign(density=ds["latent_density"])
    return theme.scatter(table, "value", "density", "direction", logx=True, logy=True)
