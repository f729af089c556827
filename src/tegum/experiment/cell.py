"""What a study is given: cells, the sweep that they are points of, and where they run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tegum.experiment.params import Section, Value
from tegum.experiment.seeds import stream_seed

if TYPE_CHECKING:
    import xarray as xr

P = TypeVar("P", bound=Section, covariant=True)
Axes = dict[str, Value]
"""Axis name to value."""
Rows = Mapping[str, "xr.Dataset"]
"""What a stage reads: another stage, or `<study>.<sweep>`, to its rows."""


@dataclass(frozen=True)
class Cell(Generic[P]):
    """One point of a sweep as one stage sees it; `P` is the class of the stage's section."""

    study: str
    stage: str
    axes: Axes
    """The axes that this stage depends on, in the order of the sweep."""
    params: P
    """The stage's validated section with the sweep's overrides and the axis values."""
    upstream: Mapping[str, Any] = field(default_factory=dict)
    """The same of each stage whose rows this one reads."""
    reseed: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        """The value of the axis `seed`; 0 where the sweep has none."""
        return int(self.axes.get("seed", 0))

    def stream(self, purpose: str) -> int:
        """The integer that seeds the named random stream of this cell."""
        names = {a: self.axes[a] for a in self.reseed if a in self.axes}
        return stream_seed(self.study, purpose, seed=self.seed, **names)


@dataclass(frozen=True)
class SweepView(Generic[P]):
    """What `measure` is given: a sweep's name, its axes and its cells in row-major order."""

    name: str
    axes: dict[str, list[Value]]
    params: P
    """The section of `measure` with the sweep's overrides."""
    cells: tuple[Cell[P], ...]


@dataclass(frozen=True)
class Context:
    """What a stage may know of its surroundings."""

    device: str = "cpu"
    """cpu or cuda."""
    scratch: str | None = None
    """A folder for training checkpoints that is safe to lose."""
    progress: bool = True
    """Whether to show how far training is."""
