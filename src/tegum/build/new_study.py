"""`tegum new-study NAME`: the parameters and the room of a new study, ready to build."""

from pathlib import Path

from tegum.data import store
from tegum.errors import TegumError
from tegum.experiment.params import NAME

PARAMS = """\
# yaml-language-server: $schema=schema/{name}.json
# Question: what should this study decide?
# Minutes: how long does the laptop scale take on two cores?
# Expect: which claims should hold?
title: {title}
question: What should this study decide?
train:
  scale: 1.0
measure:
  threshold: 0.0
sweeps:
  scale:
    axes:
      scale: [0.5, 1.0, 2.0]
      seed: [0, 1, 2, 3, 4]
"""
SMOKE = """\
# Tests only: seconds.
sweeps:
  scale:
    axes:
      scale: [0.5, 1.0]
      seed: [0, 1]
"""
PAPER = """\
# The published sizes, for one GPU. Hold here only what differs from the laptop scale.
sweeps: {{}}
"""
FILES = {
    "__init__.py": '"""{title}."""\n',
    "params.py": '''\
"""Parameters of `{name}`: declarations only."""

from typing import ClassVar

from tegum.experiment.params import Section, StudyParams


class Train(Section):
    """What a row depends on."""

    scale: float = 1.0
    """Standard deviation of the samples."""


class Measure(Section):
    """What the measurement depends on; an edit here trains nothing."""

    threshold: float = 0.0
    """Samples above this are counted."""


class Params(StudyParams):
    """All parameters of the study."""

    CHAIN: ClassVar = {{"train": (), "measure": ("train",)}}
    SHAPES: ClassVar = frozenset()
    REHEARSAL: ClassVar = {{"train": {{}}}}
    FIGURES: ClassVar = ("share",)
    train: Train = Train()
    measure: Measure = Measure()
''',
    "train.py": '''\
"""Rows of `{name}`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.experiment.sweep import Cell


def run(cells: Sequence[Cell], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """One row per cell: `value(cell, sample)`."""
    draws = [np.random.default_rng(c.stream("data")).normal(0, c.params.scale, 100) for c in cells]
    return xr.Dataset(
        {{"value": variable(("cell", "sample"), np.stack(draws), "value", "1")}},
        {{"sample": coordinate("sample", np.arange(100), "sample")}},
    )
''',
    "measure.py": '''\
"""Measurements of `{name}`."""

from collections.abc import Mapping

import xarray as xr

from tegum.experiment.sweep import SweepView


def run(sweep: SweepView, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """`share(…)`: share of the samples above the threshold."""
    value = rows["train"]["value"]
    share = (value > sweep.params.threshold).mean("sample").astype(float)
    share.attrs = {{"long_name": "share above the threshold", "units": "1"}}
    return share.to_dataset(name="share")
''',
    "schema.py": '''\
"""Schemas of `{name}`."""

from tegum.data.schema import schema

SCHEMAS = {{
    "train": schema("{name}.train", {{"value": (("cell", "sample"), float)}}),
    "measure": schema("{name}.measure", {{"share": (("...",), float)}}),
}}
''',
    "claims.py": '''\
"""Claims of `{name}`. Thresholds and their sources are fixed before results are seen."""

from collections.abc import Mapping

import xarray as xr

from tegum.ledger.claims import Claim, exact

FINDINGS = ("bounded",)


def claims(data: Mapping[str, xr.Dataset]) -> list[Claim]:
    """One claim per finding."""
    share = data["scale"]["share"]
    outside = int(((share < 0) | (share > 1)).sum())
    return [
        exact(
            "bounded",
            "A share lies between 0 and 1",
            "definition",
            estimate=outside,
            threshold=0,
            n=share.size,
            reason="number of shares outside [0, 1]",
        )
    ]
''',
    "figures.py": '''\
"""Figures of `{name}`."""

from collections.abc import Mapping

import xarray as xr

from tegum.figures import Figure, theme


def _share(data: Mapping[str, xr.Dataset]) -> object:
    return theme.band(data["scale"], "share", "scale")


FIGURES = {{
    "share": Figure(
        caption="Share of the samples above the threshold; mean and 95 % interval over seeds.",
        shows="What the figure shows, in one sentence.",
        surprise="What in it was not expected, in one sentence.",
        draw=_share,
    ),
}}
''',
}


def new_study(name: str) -> list[str]:
    """Write the files of a new study; returns their paths.

    Raises:
        TegumError: for a name that cannot be one, or a study that is there.
    """
    if not NAME.fullmatch(name):
        raise TegumError(f"{name!r} cannot name a study: use a-z, 0-9 and _, a letter first")
    room = f"src/tegum/studies/{name}"
    files = {f"params/{name}.yaml": PARAMS, f"params/smoke/{name}.yaml": SMOKE}
    files |= {f"params/paper/{name}.yaml": PAPER}
    files |= {f"{room}/{file}": text for file, text in FILES.items()}
    there = [p for p in files if Path(p).exists()]
    if there:
        raise TegumError(f"{there[0]} is there already: choose another name, or remove it")
    title = name.replace("_", " ").capitalize()
    for path, text in files.items():
        store.write_bytes(path, text.format(name=name, title=title).encode())
    return list(files)
