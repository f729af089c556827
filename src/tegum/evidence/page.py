"""A report as one offline page: the tables, and how scores and refits lie beside their controls."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from tegum.evidence.report import Report
from tegum.evidence.text import sections
from tegum.evidence.user_arrays import plain
from tegum.evidence.variables import Options
from tegum.figures import theme
from tegum.figures.page import document, figure, paragraph, table
from tegum.figures.render import interactive
from tegum.labels import variable

L2 = Options().l2
SHOWN = 20
"""Variables in a figure, at most."""
READ = (
    "A verdict stands beside the evidence that it rests on, each with its interval over test "
    "samples: selectivity (AUROC on the labels minus AUROC on control labels), the advantage over "
    "untrained models, and the effect of an intervention over that of random directions, with the "
    "power to see one of twice their size. A dash is what was not tested."
)


def page(report: Report, data: xr.Dataset, title: str) -> bytes:
    """The page; every text of the user's is escaped."""
    body = [paragraph(READ), *(paragraph(f"Note: {note}") for note in report.notes)]
    body += [table(heading, rows) for heading, rows in sections(report)]
    return document(title, [*body, *_figures(data)])


def _figures(data: xr.Dataset) -> Iterator[str]:
    if "variable" in data.dims:
        few = data.isel(variable=slice(SHOWN))
        few = few.assign_coords(variable=[plain(str(v)) for v in few["variable"].values])
        yield _drawn(
            lambda: _scores(few),
            "AUROC of each variable, of every draw of its control labels, and on every run of an "
            "untrained model.",
        )
        yield _drawn(
            lambda: _selectivity(few),
            f"Selectivity against training samples, at l2 = {L2}; the dataset has other strengths.",
        )
    if "unexplained" in data:
        yield _drawn(
            lambda: theme.scatter(_plain_labels(data), "unexplained", "activation_control"),
            "Fraction of variance unexplained by dictionaries of equal size and sparsity, fitted "
            "to the activations (none) and to controls; a point per seed.",
        )


def _drawn(draw: Any, caption: str) -> str:
    return figure(interactive(draw), caption)


def _scores(data: xr.Dataset) -> Any:
    parts = {}
    for name in data["label_control"].values:
        parts[f"{name} labels"] = data["label_auroc"].sel(label_control=name, drop=True)
    if "untrained_auroc" in data:
        for name in data["weight_control"].values:
            runs = data["untrained_auroc"].sel(weight_control=name, drop=True)
            parts[plain(f"untrained: {name}")] = runs.rename(run="draw")
    parts["labels"] = data["auroc"].expand_dims(draw=1)
    longest = max(p.sizes["draw"] for p in parts.values())
    values = np.full((len(parts), data.sizes["variable"], longest), np.nan)
    for i, part in enumerate(parts.values()):
        values[i, :, : part.sizes["draw"]] = part.transpose("variable", "draw").values
    shown = xr.Dataset(
        {"auroc": variable(("of", "variable", "draw"), values, "AUROC", "1")},
        {"of": list(parts), "variable": data["variable"].values},
    )
    shown["of"].attrs = {"long_name": "AUROC on", "units": "1"}
    return theme.scatter(shown, "auroc", "variable", by="of")


def _selectivity(data: xr.Dataset) -> Any:
    grid = data["grid_auroc"]
    gain = grid.sel(labelling="labels") - grid.sel(labelling="control")
    shown = gain.sel(l2=L2, drop=True).to_dataset(name="gain")
    shown["gain"].attrs = {"long_name": "selectivity", "units": "1"}
    shown["share"].attrs = data["share"].attrs
    return theme.curves(shown, "gain", "share", by="variable", markers=True)


def _plain_labels(data: xr.Dataset) -> xr.Dataset:
    names = [plain(str(v)) for v in data["activation_control"].values]
    shown = data[["unexplained"]].assign_coords(activation_control=names)
    shown["activation_control"].attrs = data["activation_control"].attrs
    return shown
