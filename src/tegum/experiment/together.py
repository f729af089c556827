"""Cells that are estimated at once, since they differ in nothing that decides shapes."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tegum.experiment.cell import Cell
from tegum.experiment.params import Section

P = TypeVar("P", bound=Section)


def together(
    cells: Sequence[Cell[P]],
    estimate: Callable[[list[Cell[P]]], list[dict[str, Any]]],
    **apart: Any,
) -> dict[str, list[Any]]:
    """Values by name, (cell,), of cells estimated with those that differ in `apart` alone.

    Args:
        cells: of one sweep.
        estimate: of some cells, in their order, the values of each by name.
        apart: the fields in which cells of one group may differ, each with any valid value.
    """
    groups: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        alike = cell.params.model_copy(update=apart).model_dump_json()
        groups.setdefault(alike, []).append(place)
    found: dict[int, dict[str, Any]] = {}
    for places in groups.values():
        found |= dict(zip(places, estimate([cells[i] for i in places]), strict=True))
    return {name: [found[i][name] for i in range(len(cells))] for name in found[0]}
