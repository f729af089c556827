"""What a study says about one of its figures, and the function that draws it.

Drawing helpers are in `tegum.figures.theme`, rendering to bytes in `tegum.figures.render`; this
module imports neither, so that captions can be read without a plotting library.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tegum.errors import TegumError

if TYPE_CHECKING:
    import xarray as xr

Data = Mapping[str, "xr.Dataset"]
"""Measured Datasets by sweep."""
Draw = Callable[[Data], Any]
QUOTED = re.compile(r"\{([a-z][a-z0-9_]*)(?:\.([a-z_]+))?\}")
"""What a text quotes: `{claim}`, its estimate and interval, or `{claim.field}`."""


@dataclass(frozen=True)
class Figure:
    """One figure of a study."""

    caption: str
    """What is plotted: axes, lines, number of seeds, and what the interval is."""
    shows: str
    """What a reader should see, in a sentence or two."""
    surprise: str
    """What was not expected, or differs from the published result; may say that nothing was."""
    draw: Draw
    """Measure Datasets by sweep -> a HoloViews object; called once per backend."""
    name: str = ""
    """The name of its files."""
    sweeps: tuple[str, ...] = ()
    """Sweeps without which it cannot be drawn."""

    def told(self, claims: Mapping[str, Mapping[str, Any]]) -> "Figure":
        """The figure with its quotes of claims filled in.

        Args:
            claims: name of a claim, without its study, to its row in the ledger.

        Raises:
            TegumError: naming the figure and the claim, or its field, that there is not.
        """

        def quote(match: re.Match[str]) -> str:
            name, part = match.groups()
            if name not in claims:
                raise TegumError(f"figure {self.name}: its text quotes {name!r}, which is no claim")
            if part is not None and part not in claims[name]:
                raise TegumError(
                    f"figure {self.name}: its text quotes {name}.{part}, no such field"
                )
            return _value(claims[name], part)

        texts = {t: QUOTED.sub(quote, getattr(self, t)) for t in ("caption", "shows", "surprise")}
        return replace(self, **texts)


def _value(claim: Mapping[str, Any], part: str | None) -> str:
    value = claim[part or "estimate"]
    if part is None and claim["ci_low"] is not None:
        return f"{value:.2g} [{claim['ci_low']:.2g}, {claim['ci_high']:.2g}]"
    if value is None:
        return "untested"
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def figure(
    *, caption: str, shows: str, surprise: str, sweeps: tuple[str, ...] = ()
) -> Callable[[Draw], Figure]:
    """Decorate the function that draws a figure, whose name is then the figure's.

    Numbers that were measured stand in the texts as quotes of claims, `{m1}` or `{m1.verdict}`, so
    that they are always those of the ledger.

    Args:
        caption: what is plotted.
        shows: what a reader should see.
        surprise: what was not expected.
        sweeps: without which it cannot be drawn; an empty frame then says so.
    """

    def decorate(draw: Draw) -> Figure:
        name = getattr(draw, "__name__", "")
        return Figure(caption, shows, surprise, draw, name, sweeps)

    return decorate


def collect(module: ModuleType) -> dict[str, Figure]:
    """The figures of a module, or of those that a package names in `TOPICS`, in their order."""
    found: dict[str, Figure] = {}
    for value in getattr(module, "TOPICS", list(vars(module).values())):
        if isinstance(value, ModuleType) and value.__name__.startswith(f"{module.__name__}."):
            found |= collect(value)
        elif isinstance(value, Figure):
            found[value.name] = value
    return found


def names(source: str) -> tuple[str, ...]:
    """Names of the figures in a module's source, which is not run: planning needs no library."""
    return tuple(
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "figure"
    )


__all__ = ["Data", "Figure", "collect", "figure", "names"]
