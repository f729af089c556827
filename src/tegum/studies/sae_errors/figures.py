"""Figures of the study `sae_errors`, drawn from its measure Datasets."""

from collections.abc import Iterator
from typing import Any

import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import named, worded
from tegum.labels import at, labelled

SEEDS = "Five worlds; bands are 95 % bootstrap intervals of the mean over them."
NAMES = {
    "threshold": "threshold",
    "dictionary_steps": "steps of the dictionary",
    "radius": "radius of the sphere",
    "line": "direction",
    "kind": "direction",
}


def _by_threshold(ds: xr.Dataset) -> Iterator[tuple[str, xr.Dataset]]:
    """A title and what belongs to it."""
    ds = worded(ds, NAMES)
    for threshold in ds["threshold"].values:
        yield f"threshold {threshold:g}", at(ds, threshold=threshold)


@figure(
    caption="KL divergence of outputs when activations are replaced by a dictionary's "
    "reconstructions, over that of isotropic changes of equal length, against the threshold of "
    "what reads them. Left: by steps of the dictionary. Right: other replacements, longest "
    f"training; grey: another draw of isotropic changes. {SEEDS}",
    shows="With the highest threshold errors of dictionaries do {g1_threshold} times what random "
    "changes do, without one {g1_threshold.control_estimate} times; as dictionaries improve the "
    "ratio is multiplied by {g2_quality}.",
    surprise="The error of another sample does {g1_shuffled} times what a random change does: what "
    "matters is where an error lies beside its own sample's features.",
    sweeps=("errors",),
)
def errors(data: Data) -> Any:
    ds = worded(data["errors"], NAMES)
    over = ds["kl"] / at(ds["kl"], substitution="isotropic")
    table = labelled(over, "ratio", "KL over that of isotropic changes")
    steps = at(table, substitution="dictionary")
    others = {
        "dictionary": "dictionary",
        "norm corrected": "norm corrected",
        "shuffled": "of another sample",
        "equal covariance": "equal covariance",
        "isotropic again": "isotropic",
    }
    longest = int(ds["dictionary_steps"].max())
    kinds = named(at(table, dictionary_steps=longest), "substitution", others, "replacement")
    look: Any = {"logy": True, "markers": True}
    return theme.layout(
        theme.band(steps, "ratio", "threshold", "dictionary_steps", colours="viridis", **look),
        theme.band(kinds, "ratio", "threshold", "substitution", control="isotropic", **look),
    )


@figure(
    caption="KL divergence when reconstructions are moved along active latents or along as many "
    "inactive ones, over that of isotropic moves of equal length, against the threshold. "
    f"Longest training. {SEEDS}",
    shows="With the highest threshold active latents do {g3_preserving} times what a random move "
    "does, inactive ones {g3_breaking} times.",
    surprise="That is why errors that leave the active latents active do so much: nothing forgives "
    "them, while noise on everything else is forgiven.",
    sweeps=("errors",),
)
def moves(data: Data) -> Any:
    ds = worded(data["errors"], NAMES)
    over = ds["moved_kl"] / at(ds["moved_kl"], move="isotropic")
    longest = int(ds["dictionary_steps"].max())
    table = labelled(at(over, dictionary_steps=longest), "ratio", "KL over that of isotropic moves")
    kinds = {"active": "active latents", "inactive": "inactive latents"}
    drawn = theme.band(named(table, "move", kinds), "ratio", "threshold", "move", markers=True)
    return theme.overlay(drawn, theme.reference_line(1.0, "as a random move"))


@figure(
    caption="KL divergence at points of small spheres around activations, over the median of "
    "random directions, against the radius: directions of active features, of inactive ones, and "
    f"mixtures of eight inactive ones. One panel per threshold. {SEEDS}",
    shows="Active features stand out at every radius (g4_active: {g4_active.verdict}); inactive "
    "ones do by {g4_inactive} above the threshold and by {g4_inactive.control_estimate} below it.",
    surprise="Mixtures reach {g4_mixture} at most: spikes are those of single features, and who "
    "looks for them has to say how the radius compares with the threshold.",
    sweeps=("spheres",),
)
def spheres(data: Data) -> Any:
    look: Any = {"logx": True, "logy": True, "markers": True}
    return theme.layout(
        *(
            theme.band(one[["peak"]], "peak", "radius", "kind", title=title, **look)
            for title, one in _by_threshold(data["spheres"])
        )
    )


@figure(
    caption="KL divergence on the great circle from an active feature (0°) to an inactive one "
    "(90°) and back, over the median of random directions, mean over worlds. One panel per "
    "threshold; colours are logarithms.",
    shows="Both directions of the active feature stand out, at every radius; the inactive feature "
    "appears above the threshold alone.",
    surprise="Taking an inactive feature away (270°) does nothing: what reads it forgives that as "
    "well.",
    sweeps=("spheres",),
)
def circles(data: Data) -> Any:
    panels = []
    for title, one in _by_threshold(data["spheres"]):
        mean = one["circle"].mean("seed").clip(1e-3)
        table = labelled(xr.ufuncs.log10(mean), "log", "log10 of the ratio")
        look: Any = {"logy": True, "title": title, "centre": 0.0}
        panels.append(theme.heatmap(table, "log", "angle", "radius", **look))
    return theme.layout(*panels)


@figure(
    caption="KL divergence along lines that leave an activation, against the distance over the "
    "length of a mean activation, by kind of direction; grey: isotropic. One panel per threshold. "
    f"{SEEDS}",
    shows="With the highest threshold half of the largest divergence is reached towards another "
    "activation at {g5_difference} of the distance that an isotropic direction takes.",
    surprise="The plateau of isotropic directions is longer by {g5_plateau} than without a "
    "threshold.",
    sweeps=("plateaus",),
)
def plateaus(data: Data) -> Any:
    return theme.layout(
        *(
            theme.band(one[["kl"]], "kl", "distance", "line", control="isotropic", title=title)
            for title, one in _by_threshold(data["plateaus"])
        )
    )
