"""`tegum.plot`: the figures of the studies, as functions of a labelled Dataset.

Each returns a HoloViews object, which a notebook shows and `holoviews.save(figure, "page.html")`
writes. Axis labels come from `long_name` and `units`. All take by keyword the options of `Look`:
`title`, `logx`, `logy`, `xlim`, `ylim`, `legend`, `labels`, `control`, `colours`, `markers`.
"""

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.figures import theme
from tegum.figures.theme import Look
from tegum.labels import MissingError
from tegum.metrics.recovery import cosines as similarities
from tegum.metrics.recovery import matching

__all__ = ["Look", "band", "cosines", "curves", "frontier", "intervals", "neurons", "phase"]


def curves(data: xr.Dataset, y: str, x: str, by: str | None = None, **look: Unpack[Look]) -> Any:
    """A line of `y` against `x` for each value of `by`.

    Args:
        data: with no other dimensions than `x` and `by`: select or average the others first.
        y: name of a variable.
        x: name of a coordinate.
        by: name of the coordinate that tells the lines apart.
        look: options of all figures.

    Example:
        >>> import tegum
        >>> jl = tegum.open("packing", "jl").isel(jl_form=0, n_inputs=0)
        >>> type(tegum.plot.curves(jl, "alpha_c", "alpha", by="n_features")).__name__
        'Overlay'
    """
    _known(data, y, x, by)
    return theme.curves(data, y, x, by, **look)


def band(
    data: xr.Dataset,
    y: str,
    x: str,
    by: str | None = None,
    *,
    over: str = "seed",
    **look: Unpack[Look],
) -> Any:
    """The mean of `y` over seeds against `x`, with its 95 % bootstrap interval shaded.

    Args:
        data: with no other dimensions than `x`, `by` and `over`.
        y: name of a variable.
        x: name of a coordinate.
        by: name of the coordinate that tells the lines apart.
        over: what is averaged over.
        look: options of all figures.

    Example:
        >>> import tegum
        >>> energy = tegum.open("packing", "energy").isel(n_features=0, n_inputs=0)
        >>> band = tegum.plot.band(energy, "energy", "alpha", by="configuration", logy=True)
        >>> type(band).__name__
        'Overlay'
    """
    _known(data, y, x, by, over)
    return theme.band(data, y, x, by, over=over, **look)


def intervals(
    data: xr.Dataset,
    y: str,
    x: str,
    by: str | None = None,
    *,
    over: str = "seed",
    **look: Unpack[Look],
) -> Any:
    """As `band`, where `x` is a list of names: a dot at the mean, a bar for its 95 % interval.

    Args:
        data: with no other dimensions than `x`, `by` and `over`.
        y: name of a variable.
        x: name of a coordinate.
        by: name of the coordinate that tells the dots apart.
        over: what is averaged over.
        look: options of all figures.

    Example:
        >>> import tegum
        >>> energy = tegum.open("packing", "energy").isel(n_features=0, n_inputs=0, alpha=0)
        >>> type(tegum.plot.intervals(energy, "energy", "configuration")).__name__
        'Overlay'
    """
    _known(data, y, x, by, over)
    return theme.intervals(data, y, x, by, over=over, **look)


def frontier(quality: xr.Dataset, by: str | None = None, **look: Unpack[Look]) -> Any:
    """What dictionaries leave unexplained against how many of their latents are active.

    Args:
        quality: of `Fit.quality`: a point for each dictionary.
        by: the axis that the colours tell apart; by default `architecture`, `latents` or `source`,
            the first that there is.
        look: options of all figures.

    Example:
        >>> import numpy as np, tegum
        >>> x = np.random.default_rng(0).standard_normal((500, 8))
        >>> found = tegum.fit(x, latents=[8, 16], k=[1, 2, 4], steps=20)
        >>> type(tegum.plot.frontier(found.quality(), by="latents")).__name__
        'Overlay'
    """
    usual = ("architecture", "latents", "source")
    by = next((dim for dim in usual if dim in quality.dims), None) if by is None else by
    _known(quality, "fvu", "l0", by)
    return theme.scatter(quality, "fvu", "l0", by, **look)


def cosines(a: Any, b: Any = None, *, match: bool = True, **look: Unpack[Look]) -> Any:
    """A map of the cosines of directions with each other.

    Args:
        a: directions (latent, input), or a `tegum.Fit` of one dictionary.
        b: others, (feature, input), e.g. the true ones; by default those of `a`.
        match: whether rows of `a` are ordered by the row of `b` that they are matched with.
        look: options of all figures.

    Example:
        >>> import numpy as np, tegum
        >>> type(tegum.plot.cosines(np.eye(4)[::-1], np.eye(4))).__name__
        'Overlay'
    """
    rows = _directions("a", a)
    columns = rows if b is None else _directions("b", b)
    if rows.shape[1] != columns.shape[1]:
        raise TegumError(f"a has {rows.shape[1]} inputs, b has {columns.shape[1]}")
    signed = similarities(rows, columns, signed=True) - similarities(-rows, columns, signed=True)
    if match and b is not None:
        of, to = matching(np.abs(signed))
        first = of[np.argsort(to)]
        signed = signed[[*first, *np.setdiff1d(np.arange(len(rows)), first)]]
    return theme.matrix(signed, "cosine", "latent", "feature", limits=(-1, 1), centre=0.0, **look)


def neurons(
    data: xr.Dataset,
    y: str,
    x: str = "hidden",
    of: str = "feature",
    *,
    least: float = 0.0,
    **look: Unpack[Look],
) -> Any:
    """A bar for each neuron, stacked of its parts for each feature.

    Args:
        data: with no other dimensions than `x` and `of`.
        y: name of a variable, e.g. of weights; its size is drawn.
        x: name of the dimension of neurons.
        of: name of the dimension of features.
        least: parts of at most this size are left out.
        look: options of all figures.

    Example:
        >>> import numpy as np, tegum, xarray as xr
        >>> weights = xr.Dataset({"weight": (("hidden", "feature"), np.eye(3))})
        >>> type(tegum.plot.neurons(weights, "weight")).__name__
        'Overlay'
    """
    _known(data, y)
    lacking = [dim for dim in (x, of) if dim not in data.coords]
    shown = data.assign_coords({dim: np.arange(data.sizes[dim]) for dim in lacking})
    shown = shown[[y]].map(np.abs, keep_attrs=True)
    return theme.stacks(shown, y, x, of, least=least, **look)


def phase(
    data: xr.Dataset,
    z: str,
    x: str,
    y: str,
    *,
    limits: tuple[float, float] | None = None,
    names: Sequence[str] = (),
    **look: Unpack[Look],
) -> Any:
    """A phase diagram: colours of `z` over two parameters.

    Args:
        data: with no other dimensions than `x` and `y`.
        z: name of a variable.
        x: name of a coordinate.
        y: name of a coordinate.
        limits: of the colours.
        names: of the classes 0, 1, … that `z` numbers.
        look: options of all figures.

    Example:
        >>> import tegum
        >>> jl = tegum.open("packing", "jl").isel(jl_form=0)
        >>> jl = jl.isel(n_features=0)
        >>> type(tegum.plot.phase(jl, "alpha_c", "alpha", "n_inputs", logy=True)).__name__
        'Overlay'
    """
    _known(data, z, x, y)
    return theme.heatmap(data, z, x, y, limits=limits, names=names, **look)


def _known(data: xr.Dataset, *names: str | None) -> None:
    """Raise `MissingError` for a name that the data have not."""
    absent = [n for n in names if n is not None and n not in data.variables and n not in data.dims]
    if absent:
        there = ", ".join(map(str, [*data.data_vars, *data.coords]))
        raise MissingError(f"there is no {absent[0]!r} in the data; there are {there}")


def _directions(name: str, given: Any) -> np.ndarray:
    one = getattr(given, "dictionary", None)
    rows = one.directions()[0].cpu().numpy() if one is not None else np.asarray(given, float)
    if rows.ndim != 2:
        raise TegumError(f"{name} has shape {rows.shape}; give directions (latent, input)")
    return rows
