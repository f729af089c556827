"""What a command prints: JSON for programs, columns and colour on a terminal, text in a pipe."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from tegum import text

COLOURS = {
    "holds": "green",
    "fails": "red",
    "inconclusive": "yellow",
    "MODEL": "green",
    "DATASET": "red",
    "INCONCLUSIVE": "yellow",
}
"""Words that have a colour in a table."""


def say(args: argparse.Namespace, found: Any, shown: str) -> None:
    """Print what was found: as JSON where that is asked for, else as it is shown to people."""
    print(json.dumps(found, indent=1, default=str) if args.json else shown)


def on_terminal() -> bool:
    """Whether a person reads the output."""
    return sys.stdout.isatty()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a header in aligned columns; on a terminal they fit its width and have colour."""
    if not on_terminal():
        return "\n".join(text.table([head, *rows])) if rows else ""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        grid.add_column(name)
    for row in rows:
        grid.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    console = Console()
    with console.capture() as captured:
        console.print(grid)
    return captured.get().rstrip("\n")
