"""The bars of a build on a terminal: one of all, and one for each job that is running."""

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tegum.build.pace import Pace, clock

MOST = 12
"""Running jobs of which there is a bar; the others are a number."""
WIDTH = 24


class Bars:
    """Draws until it is stopped.

    Args:
        pace: the jobs of the build, as they stand.
        stream: a terminal.
        messages: a file into which jobs print; what they print is shown above the bars.
    """

    def __init__(self, pace: Pace, stream: IO[str], messages: Path) -> None:
        self._pace, self._path = pace, messages
        messages.parent.mkdir(parents=True, exist_ok=True)
        messages.touch()
        self._messages = messages.open(errors="replace")
        self._console = Console(file=stream)
        self._live = Live(
            console=self._console,
            get_renderable=self._drawn,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def _drawn(self) -> Table:
        if text := self._messages.read():
            self._console.print(Text(text.rstrip("\n")))
        return drawn(self._pace, time.monotonic())

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While the bars are gone, for whoever writes to the terminal himself."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def stop(self) -> None:
        """Take the bars away, and show what was printed since."""
        with contextlib.suppress(OSError):
            self._live.stop()
            if text := self._messages.read():
                self._console.print(Text(text.rstrip("\n")))
            self._messages.close()
            self._path.unlink(missing_ok=True)


def drawn(pace: Pace, now: float) -> Table:
    """The bars of a build as it stands."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.add_column(width=WIDTH)
    grid.add_column(no_wrap=True, justify="right")
    left, share = pace.left(now), pace.share(now)
    grid.add_row(
        Text(f"{pace.finished} of {pace.jobs} jobs", style="bold"),
        ProgressBar(1.0, share, width=WIDTH),
        Text(f"{share:4.0%}  {clock(left)} left" if left is not None else f"{share:4.0%}"),
    )
    running = list(pace.running.items())
    for job, (estimate, began) in running[:MOST]:
        name = Text("  " + job.partition("/")[2].replace("/", " "))
        bar = ProgressBar(None, pulse=True, width=WIDTH)
        if estimate is not None:
            bar = ProgressBar(estimate * pace.ratio, now - began, width=WIDTH)
        remaining = clock(pace.left_of(job, now))
        grid.add_row(name, bar, Text(f"{remaining} left" if remaining else f"{now - began:.0f} s"))
    if len(running) > MOST:
        grid.add_row(Text(f"  and {len(running) - MOST} more"))
    return grid
