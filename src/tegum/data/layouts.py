"""Layouts made of others: the same variables along more dims, or along fewer."""

from tegum.data.schema import Layout


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
