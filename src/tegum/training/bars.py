"""A progress bar of the trainings in a block, with the time that remains of the present one."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from tegum.training.loop import Loop
from tegum.training.watch import watched


@contextmanager
def progress_bar(what: str, shown: bool = True) -> Iterator[None]:
    """Show the steps of each training in this block on standard error, where that is a terminal.

    Args:
        what: a word or two before the bar.
        shown: whether there is a bar at all.
    """
    if not shown:
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} steps"),
        TimeRemainingColumn(),
        TextColumn("loss {task.fields[loss]:.3g}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, visible=False, loss=0.0)
        seen: list[Loop] = []

        def look(loop: Loop, loss: Tensor) -> None:
            if not seen or seen[-1] is not loop:
                seen.append(loop)
                named = f"{what} {len(seen)}: {loop.keep} at once"
                bar.reset(task, total=loop.plan.steps, description=named, visible=True)
            bar.update(task, completed=loop.step, loss=float(loss[: loop.keep].mean()))

        with watched(look):
            yield
