"""Figures of `real_steering`."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.labels import along, coordinate, labelled
from tegum.studies.real_steering.schema import ADDED, VECTORS

SHORT = np.array(["probe", "means", "pattern", "surgical"], object)
SEEDS = "Mean and 95 % interval over five halves of the texts"


def _panels(data: Data, name: str) -> Iterator[tuple[str, xr.Dataset]]:
    for one in along(data["vectors"][[name]], "layer"):
        names = coordinate("vector", one["vector"].values, "what is added")
        yield f"after block {int(one['layer'])}", one.drop_vars("layer").assign_coords(vector=names)


@figure(
    caption="Change of the logit of positive minus that of negative when a vector is added to the "
    "last token of a review and its question, in SmolLM2; all vectors have one length, that "
    f"between the means of both kinds of reviews. One panel per block. {SEEDS}.",
    shows="The difference of means steers {steers_14} times as much as random vectors after block "
    "14 and {steers_24} times after block 24; the probe steers less by {probe_less_14} and "
    "{probe_less_24}.",
    surprise="The probe reads the sentiment ({reads_14} of held-out reviews after block 14): that "
    "a direction reads is no sign that it steers.",
    sweeps=("vectors",),
)
def gains(data: Data) -> Any:
    drawn = [theme.intervals(one, "gain", "vector", title=t) for t, one in _panels(data, "gain")]
    return theme.layout(*(theme.overlay(d, theme.reference_line(0.0, "no effect")) for d in drawn))


@figure(
    caption="Root mean square change of all other logits by the same vectors. One panel per block. "
    f"{SEEDS}.",
    shows="For what it gains the probe changes other logits {probe_offtarget_14} times as much as "
    "the difference of means after block 14, {probe_offtarget_24} times after block 24.",
    surprise="The vector that moves one probe and no other: {surgical_clean_14} and "
    "{surgical_clean_24} times.",
    sweeps=("vectors",),
)
def others(data: Data) -> Any:
    return theme.layout(
        *(
            theme.intervals(one, "other_logits", "vector", title=title, ylim=(0.0, None))
            for title, one in _panels(data, "other_logits")
        )
    )


@figure(
    caption="Cosines of vectors, from left to right the probe, the difference of means, the "
    "pattern and what moves one probe and no other, with each other and with controls; mean over "
    "five halves of the texts. One panel per block.",
    shows="The vector that moves one probe and no other has a cosine of {surgical_pattern_14} with "
    "the pattern after block 14.",
    surprise="With the probe itself it has {surgical_pattern_14.control_estimate}.",
    sweeps=("vectors",),
)
def cosines(data: Data) -> Any:
    panels = []
    for title, one in _panels(data, "cosine"):
        mean = one["cosine"].mean("seed").sel(vector=list(VECTORS), other=ADDED)
        mean = mean.assign_coords(vector=coordinate("vector", SHORT, "what is added"))
        table = labelled(mean, "cosine", "cosine")
        table = table.assign_coords(other=coordinate("other", table["other"].values, "with"))
        panels.append(theme.heatmap(table, "cosine", "vector", "other", centre=0.0, title=title))
    return theme.layout(*panels)
