"""Figures of the study `steering`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import variable
from tegum.metrics import steering as law

Data = Mapping[str, xr.Dataset]
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
    """A dashed grey line over an axis."""
    line = xr.Dataset(
        {"expected": variable(("series", axis), expected[None], "law", "1")},
        {"series": ["law"], axis: variable(axis, values, axis, "1")},
    )
    return theme.curves(line, "expected", axis, "series", control="law", legend=None)


def _fine(dataset: xr.Dataset) -> np.ndarray:
    """log2(G/d) between the first and the last, the kink at 0 among them."""
    octaves = np.log2(dataset["overcompleteness"])
    return np.unique(np.append(np.linspace(float(octaves.min()), float(octaves.max()), 200), 0.0))


def _cosine(data: Data) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control=["none", "shuffled"], vector="probe")
    names = {"none": "probe", "shuffled": "shuffled labels"}
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


def _offtarget(data: Data) -> Any:
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


def _gain(data: Data) -> Any:
    left = _panel(data, "gain", "probes", legend=None, ylim=(-0.1, 3.0))
    return theme.layout(left, _panel(data, "gain", "reencoded"))


def _explained(data: Data) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control=["none", "shuffled"])
    sparse = ds["reencoding_r2"].expand_dims(control=["sparse"])
    values = [*ds["r2"].transpose("control", ...), *sparse]
    read = ["probe", "shuffled labels", "sparse inference"]
    both = xr.Dataset(
        {"r2": variable(("read_by", *sparse.dims[1:]), values, "held-out R²", "1")},
        {"read_by": variable("read_by", read, "read by", "1"), OCTAVES: ds[OCTAVES].variable},
    )
    panel = theme.band(both, "r2", OCTAVES, "read_by", control=read[1], markers=True)
    fine = _fine(ds)
    return theme.overlay(panel, _law(OCTAVES, fine, law.explained_variance(2**fine)))


def _interference(data: Data) -> Any:
    ds = data["overcomplete"].swap_dims(n_features="overcompleteness")
    panels = []
    for ratio in (0.5, 2.0):
        here = ds.sel(overcompleteness=ratio, method="nearest")
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


def _circularity(data: Data) -> Any:
    ds = data["overcomplete"].swap_dims(n_features="overcompleteness").sel(vector="surgical")
    off = ds["offtarget"].sel(overcompleteness=0.5, method="nearest")
    own = variable(off.dims, 1 / np.sqrt(1 + off.values**2), "share of the own feature", "1")
    names = {"none": "true labels", "shuffled": "shuffled labels", "permuted": "other feature's"}
    drawn = off.coords.to_dataset().assign(own=own)
    return theme.intervals(drawn, "own", "reader", "control", labels=names, ylim=(-0.05, 1.05))


def _doubts(data: Data) -> Any:
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


_NOTE = "Mean over 5 seeds with the 95 % bootstrap interval."
_TEXT = dict.fromkeys(("caption", "shows", "surprise"), _NOTE)
FIGURES = {
    "cosine": Figure(**_TEXT, draw=_cosine),
    "offtarget": Figure(**_TEXT, draw=_offtarget),
    "gain": Figure(**_TEXT, draw=_gain),
    "explained_variance": Figure(**_TEXT, draw=_explained),
    "interference": Figure(**_TEXT, draw=_interference),
    "circularity": Figure(**_TEXT, draw=_circularity),
    "doubts": Figure(**_TEXT, draw=_doubts),
}
