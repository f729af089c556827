"""Figures 1 to 3: what is represented, with uneven and with equal importances."""

from typing import Any

from tegum.figures import Figure, theme
from tegum.studies.toy_superposition.findings import Data

SEEDS = "Five seeds; bands are 95 % bootstrap intervals of the mean over seeds."


def _dimensions(data: Data) -> Any:
    ds = data["geometry"]
    ds = ds[["dimensions_per_feature"]].assign_coords(
        feature_probability=1 / ds["feature_probability"]
    )
    ds["feature_probability"].attrs = {"long_name": "1 / feature probability", "units": "1"}
    panel = theme.band(ds, "dimensions_per_feature", "feature_probability", logx=True, markers=True)
    return theme.overlay(panel, theme.reference_line(1.0), theme.reference_line(0.5))


FIGURES = {
    "dimensions_per_feature": Figure(
        caption=f"Dimensions per feature, m / ||W||^2, against 1 / p. {SEEDS}",
        shows="To be written from the laptop results.",
        surprise="To be written from the laptop results.",
        draw=_dimensions,
    ),
}
