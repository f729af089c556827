"""What schemas share: the same variables along more dims or fewer, and labels of a sweep."""

from tegum.data.schema import Layout
from tegum.experiment.cell import SweepView
from tegum.experiment.params import Section


def along(layout: Layout, *outer: str, without: str = "") -> Layout:
    """The same variables with the dims `outer` before their own.

    Args:
        layout: name to (dims, dtype, ...).
        outer: names of dims; `...` stands for the axes of a sweep.
        without: a dim of their own that they no longer have, as after a mean over it.
    """
    return {
        name: ((*outer, *(dim for dim in dims if dim != without)), *rest)
        for name, (dims, *rest) in layout.items()
    }


def with_none(sweep: SweepView[Section]) -> list[str]:
    """What stands along `control` where a sweep's controls follow what has none."""
    return ["none", *sweep.cells[0].upstream["control"].controls]
