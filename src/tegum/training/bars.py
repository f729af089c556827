"""A progress bar of what is done in a block, and of each training in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from tegum.training.loop import Loop
from tegum.training.watch import watched


@contextmanager
def progress_bar(what: str, shown: bool = True) -> Iterator[None]:
    """Show on standard error that something is done, and the steps of each training in it.

    Where that is no terminal nothing is shown.

    Args:
        what: a word or two before the bar.
        shown: whether there is a bar at all.
    """
    if not shown:
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, state="")
        seen: list[Loop] = []

        def look(loop: Loop, loss: Tensor) -> None:
            steps = loop.plan.steps
            if not seen or seen[-1] is not loop:
                seen[:] = [loop]
                bar.update(task, total=steps, description=f"{what}: {loop.keep} at once")
            state = f"{loop.step} of {steps} steps, loss {float(loss[: loop.keep].mean()):.3g}"
            bar.update(task, completed=loop.step, state=state)

        with watched(look):
            yield
