"""Figures of the study `steering`, drawn from its measure Datasets."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import variable
from tegum.metrics import steering as law

Data = Mapping[str, xr.Dataset]
RATIO = "overcompleteness"
TOP = 5.0
"""Largest off-target effect that is drawn."""
TITLES = {
    "probes": "by the probes themselves",
    "reencoded": "by features of the re-encoded input",
    "logits": "on random logits",
    "tied": "by a transposed readout V x",
}


def _by_ratio(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.swap_dims(n_features=RATIO).drop_vars("n_features")


def _law(axis: str, values: np.ndarray, expected: np.ndarray) -> Any:
    """A dashed grey line over an axis."""
    line = xr.Dataset(
        {"expected": variable(("series", axis), expected[None], "law", "1")},
        {"series": ["law"], axis: variable(axis, values, axis, "1")},
    )
    return theme.curves(line, "expected", axis, "series", control="law", legend=None)


def _fine(axis: xr.DataArray) -> np.ndarray:
    """Ratios between the first and the last, the kink at 1 among them."""
    return np.unique(np.append(np.geomspace(float(axis.min()), float(axis.max()), 200), 1.0))


def _cosine(data: Data) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control=["none", "shuffled"], vector="probe")
    names = {"none": "probe", "shuffled": "shuffled labels"}
    look: dict[str, Any] = {"markers": True, "legend": "top_right"}
    left = theme.band(
        ds, "cosine", RATIO, "control", control="shuffled", labels=names, logx=True, **look
    )
    common = _by_ratio(data["common"]).sel(control="none", vector="probe")
    right = theme.band(common, "cosine", "common_weight", RATIO, **look)
    fine, weights = _fine(ds[RATIO]), np.linspace(0, float(common["common_weight"].max()))
    expected = _law(RATIO, fine, law.probe_cosine(fine))
    lines = [_law("common_weight", weights, law.probe_cosine(r, weights)) for r in common[RATIO]]
    return theme.layout(theme.overlay(left, expected), theme.overlay(right, *lines))


def _panel(data: Data, name: str, reader: str, **look: Any) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control="none", reader=reader)
    title = TITLES[reader]
    return theme.band(ds, name, RATIO, "vector", logx=True, markers=True, title=title, **look)


def _offtarget(data: Data) -> Any:
    fine = _fine(data["overcomplete"][RATIO])
    panels = []
    for reader in TITLES:
        legend = "right" if reader in ("reencoded", "tied") else None
        panel = _panel(data, "offtarget", reader, ylim=(-0.1, TOP), legend=legend)
        lines = [
            _law(RATIO, fine, np.minimum(law.offtarget(vector, reader, fine), 2 * TOP))
            for vector in ("probe", "representation")
            if reader != "reencoded"
        ]
        panels.append(theme.overlay(panel, *lines))
    return theme.layout(*panels)


def _gain(data: Data) -> Any:
    return theme.layout(
        _panel(data, "gain", "probes", legend=None), _panel(data, "gain", "reencoded")
    )


def _explained(data: Data) -> Any:
    ds = _by_ratio(data["overcomplete"]).sel(control=["none", "shuffled"])
    sparse = ds["reencoding_r2"].expand_dims(control=["sparse"])
    values = [*ds["r2"].transpose("control", ...), *sparse]
    read = ["probe", "shuffled labels", "sparse inference"]
    both = xr.Dataset(
        {"r2": variable(("read_by", *sparse.dims[1:]), values, "held-out R²", "1")},
        {"read_by": variable("read_by", read, "read by", "1"), RATIO: ds[RATIO].variable},
    )
    panel = theme.band(both, "r2", RATIO, "read_by", control=read[1], logx=True, markers=True)
    fine = _fine(ds[RATIO])
    return theme.overlay(panel, _law(RATIO, fine, law.explained_variance(fine)))


def _interference(data: Data) -> Any:
    ds = _by_ratio(data["overcomplete"])
    panels = []
    for ratio in (0.5, 2.0):
        here = ds.sel({RATIO: ratio}, method="nearest")
        for vector in ("probe", "representation"):
            title = f"{vector}, G/d = {float(here[RATIO]):g}"
            matrix = here[["interference"]].sel(shown=vector, drop=True)
            panels.append(
                theme.heatmap(
                    matrix,
                    "interference",
                    "feature_other",
                    "feature",
                    centre=0.0,
                    limits=(-1.0, 1.0),
                    title=title,
                )
            )
    return theme.layout(*panels)


def _circularity(data: Data) -> Any:
    ds = (
        _by_ratio(data["overcomplete"])
        .sel({RATIO: 0.5}, method="nearest")
        .sel(vector="surgical", drop=True)
    )
    return theme.intervals(ds, "offtarget", "reader", "control", ylim=(-0.5, 25.0))


def _doubts(data: Data) -> Any:
    variance = data["variance"].isel(n_features=-1).sel(control="none", drop=True)
    correlated = data["correlated"].isel(n_features=0).sel(control="none", drop=True)
    left = theme.band(
        variance,
        "cosine",
        "amplitude_spread",
        "vector",
        markers=True,
        legend=None,
        title=f"G/d = {float(variance[RATIO]):g}",
    )
    right = theme.band(
        correlated.sel(reader="probes", drop=True),
        "offtarget",
        "correlation",
        "vector",
        markers=True,
        title=f"by the probes, G/d = {float(correlated[RATIO]):g}",
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
