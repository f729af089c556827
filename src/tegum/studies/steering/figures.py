"""Figures of the study `steering`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import figure, theme
from tegum.figures.series import known_lines
from tegum.labels import at, variable
from tegum.theory import steering as law

Data = Mapping[str, xr.Dataset]
SEEDS = "Mean over 5 seeds with the 95 % bootstrap interval"
VECTORS = "Medians over 16 features that are steered one at a time, with the feature's own norm."
OCTAVES = "octaves"
TOP = 5.0
"""Largest off-target effect that is drawn."""
TITLES = {
    "probes": "by the probes themselves",
    "reencoded": "by features of the re-encoded input",
    "logits": "on random logits",
    "tied": "by a transposed readout V x",
}


def _by_ratio(dataset: xr.Dataset) -> xr.Dataset:
    """Along log2(G/d) instead of the number of features."""
    octaves = variable("n_features", np.log2(dataset["overcompleteness"]), "log2(G/d)", "1")
    return dataset.assign_coords(octaves=octaves).swap_dims(n_features=OCTAVES)


def _law(axis: str, values: np.ndarray, expected: np.ndarray) -> Any:
    """A black line over an axis."""
    line = known_lines(axis, values, {"law": expected}, "law")
    return theme.curves(line, "value", axis, "line", colours=["#000000"], legend=None)


def _fine(dataset: xr.Dataset) -> np.ndarray:
    """log2(G/d) between the first and the last, the kink at 0 among them."""
    octaves = np.log2(dataset["overcompleteness"])
    return np.unique(np.append(np.linspace(float(octaves.min()), float(octaves.max()), 200), 0.0))


@figure(
    caption="Cosine of the least-squares probe and the representation vector, mean over features, "
    "d = 64. Left: against log2(G/d); control: probes of shuffled labels. Right: against the "
    "weight rho of a direction that all features share, at G/d = 0.5 and 2. Black: sqrt((1 - rho) "
    f"(1 - min(G/d, d/G))). {SEEDS}.",
    shows="The best probe points least along what it reads where there are as many features as "
    "dimensions, and a common direction turns it away further: it has to be blind to that.",
    surprise="The published law is half of the picture: beyond G = d the cosine rises again, as "
    "the mirror image in log(G/d), and at G = 4d it is as large as at G = d/4.",
    sweeps=("common", "overcomplete"),
)
def cosine(data: Data) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control=["none", "shuffled"], vector="probe")
    names: dict[Any, str] = {"none": "probe", "shuffled": "shuffled labels"}
    left = theme.band(
        ds, "cosine", OCTAVES, "control", control="shuffled", labels=names, markers=True
    )
    common = data["common"].swap_dims(n_features="overcompleteness")
    common = common.sel(control="none", vector="probe").drop_vars("n_features")
    right = theme.band(common, "cosine", "common_weight", "overcompleteness", markers=True)
    fine, weights = _fine(ds), np.linspace(0, float(common["common_weight"].max()))
    expected = _law(OCTAVES, fine, law.probe_cosine(2**fine))
    lines = [
        _law("common_weight", weights, law.probe_cosine(r, weights))
        for r in common["overcompleteness"]
    ]
    return theme.layout(theme.overlay(left, expected), theme.overlay(right, *lines))


def _panel(data: Data, name: str, reader: str, **look: Any) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control="none", reader=reader)
    return theme.band(ds, name, OCTAVES, "vector", markers=True, title=TITLES[reader], **look)


@figure(
    caption="Off-target effect (root of the summed squared effects on all other features, over the "
    "effect on the own one) against log2(G/d), by four readers: the probes that define `surgical`; "
    "sparse inference of the features from the steered input; 512 random logits, against what the "
    f"true intervention does to them; tied weights, V x. {VECTORS} {SEEDS}; black: laws for probe "
    "and representation vector; values above 5 are cut off.",
    shows="By three readers the probe is the worst of the six and the representation vector, up to "
    "G = d with the surgical one, the best. By the fourth, tied weights, it is the other way "
    "round: the probe is orthogonal to every other representation vector, so that up to G = d only "
    "its own feature moves.",
    surprise="Beyond G = d the probes charge even the true intervention with large off-target "
    "effects, sqrt(G/d - 1), of which the re-encoded input shows next to nothing: that is "
    "interference in the reader, not damage done by steering.",
    sweeps=("overcomplete",),
)
def offtarget(data: Data) -> Any:
    fine = _fine(data["overcomplete"])
    panels = []
    for reader in TITLES:
        legend = "right" if reader in ("reencoded", "tied") else None
        panel = _panel(data, "offtarget", reader, ylim=(-0.1, TOP), legend=legend)
        lines = [
            _law(OCTAVES, fine, np.minimum(law.offtarget(vector, reader, 2**fine), 2 * TOP))
            for vector in ("probe", "representation")
            if reader != "reencoded"
        ]
        panels.append(theme.overlay(panel, *lines))
    return theme.layout(*panels)


@figure(
    caption="Effect on the own feature (1: what the feature does where it is active) against "
    "log2(G/d), by the probes (left, cut off at 3) and by sparse inference of the features from "
    f"the steered input (right). {VECTORS} {SEEDS}.",
    shows="At equal norm the probes see the probe direction move its feature most. On the "
    "re-encoded input it moves it least around G = d, and there hardly at all.",
    surprise="At G = d the two readers differ by orders of magnitude for the same vector.",
    sweeps=("overcomplete",),
)
def gain(data: Data) -> Any:
    left = _panel(data, "gain", "probes", legend=None, ylim=(-0.1, 3.0))
    return theme.layout(left, _panel(data, "gain", "reencoded"))


@figure(
    caption="Held-out R² of the probes (mean over features), of probes of shuffled labels (the "
    "control) and of sparse inference with the true vectors, against log2(G/d), d = 64, 5 % of the "
    f"features active. {SEEDS}; black: min(1, d/G).",
    shows="Linear probes lose the features as d/G; sparse inference keeps nearly all of them at G "
    "= 4d, which is what makes it a reader of its own.",
    surprise="Not at every sparsity: with 10 % of the features active sparse inference finds about "
    "two thirds of the variance at G = 4d.",
    sweeps=("overcomplete",),
)
def explained_variance(data: Data) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control=["none", "shuffled"])
    sparse = ds["reencoding_r2"]
    values = [*ds["r2"].transpose("control", ...), sparse]
    dims = ("read_by", *map(str, sparse.dims))
    read = ["probe", "shuffled labels", "sparse inference"]
    both = xr.Dataset(
        {"r2": variable(dims, values, "held-out R²", "1")},
        {"read_by": variable("read_by", read, "read by", "1"), OCTAVES: ds[OCTAVES].variable},
    )
    panel = theme.band(both, "r2", OCTAVES, "read_by", control=read[1], markers=True)
    fine = _fine(ds)
    return theme.overlay(panel, _law(OCTAVES, fine, law.explained_variance(2**fine)))


@figure(
    caption="Effect of steering one feature (row) on the probe of another (column), over that on "
    "the own probe, for the first 16 features of one seed, d = 64: probe and representation "
    "vectors at G/d = 0.5 and 2. One seed, no interval.",
    shows="Below G = d the representation vectors give the identity and the probes do not; beyond "
    "it neither does, and the probes less so.",
    surprise="Nothing: the matrices are as the laws for their rows say.",
    sweeps=("overcomplete",),
)
def interference(data: Data) -> Any:
    ds = data["overcomplete"].swap_dims(n_features="overcompleteness")
    panels = []
    for ratio in (0.5, 2.0):
        here = at(ds, overcompleteness=ratio)
        for vector in ("probe", "representation"):
            panels.append(
                theme.heatmap(
                    here[["interference"]].sel(shown=vector),
                    "interference",
                    "feature_other",
                    "feature",
                    centre=0.0,
                    limits=(-1.0, 1.0),
                    title=f"{vector}, G/d = {float(here['overcompleteness']):g}",
                )
            )
    return theme.layout(*panels)


@figure(
    caption="Norm of the effect on the own feature over that of all effects, 1 / sqrt(1 + "
    "off-target²), of surgical vectors at G/d = 0.5, by reader, beside three controls: random "
    "directions of equal norm, the vectors of other features, and surgical vectors of probes that "
    f"were fitted to shuffled labels. {SEEDS}.",
    shows="By their own probes the surgical vectors of meaningless probes are perfect, as is any "
    "pseudo-inverse; every other reader tells them from the real ones.",
    surprise="Re-encoded, many of them do not move their feature at all.",
    sweeps=("overcomplete",),
)
def circularity(data: Data) -> Any:
    ds = data["overcomplete"].swap_dims(n_features="overcompleteness").sel(vector="surgical")
    off = at(ds["offtarget"], overcompleteness=0.5)
    dims = tuple(map(str, off.dims))
    own = variable(dims, 1 / np.sqrt(1 + off.values**2), "share of the own feature", "1")
    names: dict[Any, str] = {
        "none": "true labels",
        "shuffled": "shuffled labels",
        "permuted": "other feature's",
    }
    drawn = off.coords.to_dataset().assign(own=own)
    return theme.intervals(drawn, "own", "reader", "control", labels=names, ylim=(-0.05, 1.05))


@figure(
    caption="Left: cosine with the representation vector against the standard deviation of log "
    "amplitudes over the features, G/d = 2. Right: off-target effect by the probes against the "
    "correlation of the features of a pair, G/d = 0.5. Control: the value 0 of each axis. d = 64, "
    f"10,000 samples. {SEEDS}.",
    shows="Unequal variances turn the surgical vectors away from the representation vectors; "
    "correlated features are moved along by pattern and mean difference, not by the surgical "
    "vectors.",
    surprise="The pattern is parallel to the representation vector for any variances, but only in "
    "the limit of many samples: here strong features leak into weak ones by chance.",
    sweeps=("correlated", "variance"),
)
def doubts(data: Data) -> Any:
    variance = data["variance"].isel(n_features=-1).sel(control="none")
    correlated = data["correlated"].isel(n_features=0).sel(control="none", reader="probes")
    left = theme.band(
        variance,
        "cosine",
        "amplitude_spread",
        "vector",
        markers=True,
        legend=None,
        title=f"G/d = {float(variance['overcompleteness']):g}",
    )
    right = theme.band(
        correlated,
        "offtarget",
        "correlation",
        "vector",
        markers=True,
        title=f"by the probes, G/d = {float(correlated['overcompleteness']):g}",
    )
    return theme.layout(left, right)
