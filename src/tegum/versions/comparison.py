"""What is compared, a version of a study, and what is found: data that is printed or saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tegum.experiment.params import Strict

if TYPE_CHECKING:
    import xarray as xr

Cell = dict[str, Any]
"""Axis to value."""
MOVES = ("estimate", "ci_low", "ci_high", "threshold")
"""Numbers of a claim that are compared, beside its verdict and n."""


@dataclass(frozen=True)
class Version:
    """One version of a study."""

    study: str
    name: str
    data: Mapping[str, "xr.Dataset"]
    """Sweep to its measured Dataset."""
    axes: Mapping[str, Mapping[str, Sequence[Any]]]
    """Sweep to its axes and their values."""
    params: Mapping[str, Any]
    """Dotted name to value; those of studies that this one reads begin with `<study>/`."""
    code: Mapping[str, str]
    """Stage to code fingerprint, named likewise."""
    files: Mapping[str, str]
    """Source file to a digest of its content."""
    claims: Sequence[Mapping[str, Any]]
    notes: tuple[str, ...] = ()
    """Why the data may not be those of the parameters; usually empty."""


class Change(Strict):
    """A named value in both versions; None where one lacks it."""

    name: str
    a: Any
    b: Any


class ClaimChange(Strict):
    """A claim that moved: its verdict, n and the numbers `MOVES`; None where one lacks it."""

    id: str
    a: dict[str, Any] | None
    b: dict[str, Any] | None


class Difference(Strict):
    """One point at which a variable differs."""

    at: Cell
    """Dimension to coordinate value, or to position where the dimension has no coordinate."""
    a: Any
    b: Any
    """The values; None for NaN, text for an infinity."""
    absolute: float | None
    """|b - a|; None where either is text, NaN or infinite."""
    relative: float | None
    """|b - a| / max(|a|, |b|): between 0 and 2, and 1 where one of them is zero."""


class VariableChange(Strict):
    """Differences of one variable at the points that both versions have."""

    name: str
    dims_a: list[str]
    dims_b: list[str]
    """Nothing is compared where the dimensions differ by more than their order."""
    compared: int
    changed: int
    undefined: int
    """Changed points at which one value is NaN or infinite."""
    largest: list[Difference]
    """By absolute difference; those without one come last."""


class SweepChange(Strict):
    """One sweep that differs."""

    name: str
    common: int
    """Number of cells that both versions have."""
    added: list[Cell]
    removed: list[Cell]
    changed: list[Cell]
    """Cells of both at which a variable differs."""
    coordinates: list[Change]
    """Per dimension the values that only one version has; None where it lacks the dimension."""
    only_a: list[str]
    only_b: list[str]
    """Variables that only one version has."""
    variables: list[VariableChange]

    @property
    def equal(self) -> bool:
        """Whether both versions have the same points, variables and values."""
        lists = (self.added, self.removed, self.coordinates, self.only_a, self.only_b)
        return not any(lists) and not self.variables


class Comparison(Strict):
    """What differs between two versions of a study."""

    study: str
    a: str
    b: str
    notes: list[str]
    params: list[Change]
    code: list[Change]
    files: list[str]
    """Source files whose content differs; comments and docstrings change no fingerprint."""
    claims: list[ClaimChange]
    only_a: list[str]
    only_b: list[str]
    """Sweeps that only one version has."""
    sweeps: list[SweepChange]

    @property
    def equal(self) -> bool:
        """Whether parameters, code, claims and data are the same."""
        lists = (self.params, self.code, self.claims, self.only_a, self.only_b, self.sweeps)
        return not any(lists)
