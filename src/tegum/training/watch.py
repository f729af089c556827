"""Those who look on while models are trained: loggers and progress bars.

They are no part of what is computed, so they wrap `Loop.advance` from outside: were they called by
the loop, each edit of what looks on would be an edit of what trains, and train everything again.
The loop runs any number of steps at a time, and the number changes no result.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from tegum.training.loop import Loop

POINTS = 200
"""How often a training is looked at, evenly over its steps."""
Watcher = Callable[[Loop, Tensor], None]
"""Is given a loop between two steps, and the losses of the last one, (cell,)."""


@contextmanager
def watched(*watchers: Watcher) -> Iterator[None]:
    """Show every training inside of the block to `watchers`, about `POINTS` times and at its end.

    What the loop trains on beside itself, to see whether it has converged, is not shown.
    """
    plain, inside = Loop.advance, False  # of an outer block, where there is one

    def advance(self: Loop, stop: int, update: Callable[[], Any]) -> Tensor:
        nonlocal inside
        loop = self
        if inside:
            return plain(loop, stop, update)
        stop, every = min(stop, loop.plan.steps), max(1, loop.plan.steps // POINTS)
        while True:
            due = (loop.step // every + 1) * every
            inside = True
            try:
                loss = plain(loop, min(stop, due), update)
            finally:
                inside = False
            if loop.step in (due, loop.plan.steps):
                for watcher in watchers:
                    watcher(loop, loss)
            if loop.step >= stop:
                return loss

    if watchers:
        Loop.advance = advance
    try:
        yield
    finally:
        Loop.advance = plain
