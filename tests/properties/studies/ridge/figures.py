"""Figures."""

from tegum.figures import figure, theme
from tegum.studies.ridge.trace import trace

HEIGHT = 1.0


@figure(
    caption="Error against noise. Mean and 95 % interval over seeds.",
    shows="Errors grow with the noise.",
    surprise="Nothing.",
)
def error(data):
    trace("figures")
    here = data["noise"].isel(penalty=0)
    line = theme.reference_line(HEIGHT, "height")
    return theme.overlay(theme.band(here, "train_error", "noise"), line)
