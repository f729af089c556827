"""Two versions of a study side by side: parameters, code, claims, and Datasets cell by cell.

Pure: `tegum.revisions` opens versions, `tegum.compare_text` and `tegum.compare_page` show what
was found. Points are matched by the values of their coordinates, never by their position.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.align import aligned, differences, labels_of, values_of
from tegum.comparison import (
    MOVES,
    Cell,
    Change,
    ClaimChange,
    Comparison,
    Difference,
    SweepChange,
    VariableChange,
    Version,
)
from tegum.errors import TegumError


def compare(
    a: Version, b: Version, *, tolerance: float = 0.0, top: int = 3, variable: str | None = None
) -> Comparison:
    """Compare two versions of one study.

    Args:
        tolerance: largest relative difference of two numbers that count as equal.
        top: how many of the largest differences of each variable are kept.
        variable: compare only this variable.

    Raises:
        TegumError: when neither version has the variable.
    """
    known = {n for v in (a, b) for d in v.data.values() for n in _names(d)}
    if variable is not None and variable not in known:
        raise TegumError(f"no variable {variable!r}; expected one of {', '.join(sorted(known))}")
    sweeps = [_sweep(name, a, b, tolerance, top, variable) for name in a.data if name in b.data]
    return Comparison(
        study=a.study,
        a=a.name,
        b=b.name,
        notes=[f"{v.name}: {note}" for v in (a, b) for note in v.notes],
        params=_changes(a.params, b.params),
        code=_changes(a.code, b.code),
        files=[c.name for c in _changes(a.files, b.files)],
        claims=_claims(a.claims, b.claims, tolerance),
        only_a=[name for name in a.data if name not in b.data],
        only_b=[name for name in b.data if name not in a.data],
        sweeps=[s for s in sweeps if not s.equal],
    )


def _changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Change]:
    names = [n for n in sorted(a.keys() | b.keys()) if (n in a, a.get(n)) != (n in b, b.get(n))]
    return [Change(name=n, a=a.get(n), b=b.get(n)) for n in names]


def _claims(
    a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]], tolerance: float
) -> list[ClaimChange]:
    """Claims that moved, those with another verdict first."""
    fields = ("verdict", "n", *MOVES)
    old, new = ({r["id"]: {f: r[f] for f in fields} for r in rows} for rows in (a, b))
    found = []
    for id in dict.fromkeys([*old, *new]):
        x, y = old.get(id), new.get(id)
        if x is None or y is None or any(_moved(x[f], y[f], tolerance) for f in fields):
            found.append(ClaimChange(id=id, a=x, b=y))
    return sorted(found, key=lambda c: bool(c.a and c.b and c.a["verdict"] == c.b["verdict"]))


def _moved(a: Any, b: Any, tolerance: float) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return bool(differences(np.array(a), np.array(b), tolerance)[0])
    return a != b


def _names(dataset: xr.Dataset) -> set[str]:
    """Variables and coordinates, but for those that label a dimension."""
    return {str(name) for name in dataset.variables if name not in dataset.dims}


def _sweep(
    name: str, a: Version, b: Version, tolerance: float, top: int, variable: str | None
) -> SweepChange:
    """What differs in one sweep."""
    x, y = a.data[name], b.data[name]
    old, new = (_cells(v.axes[name], v.data[name]) for v in (a, b))
    common = old.keys() & new.keys()
    names = [n if variable is None else n & {variable} for n in (_names(x), _names(y))]
    same_x, same_y = aligned(x, y)
    variables: list[VariableChange] = []
    touched: set[frozenset] = set()
    for key in sorted(names[0] & names[1]):
        change, where = _variable(same_x[key], same_y[key], tolerance, top)
        if change is not None:
            variables.append(change)
            touched |= _touched(where, common, list(a.axes[name]))
    return SweepChange(
        name=name,
        common=len(common),
        added=[cell for key, cell in new.items() if key not in common],
        removed=[cell for key, cell in old.items() if key not in common],
        changed=[cell for key, cell in old.items() if key in touched],
        coordinates=_coordinates(x, y),
        only_a=sorted(names[0] - names[1]),
        only_b=sorted(names[1] - names[0]),
        variables=variables,
    )


def _cells(axes: Mapping[str, Sequence[Any]], data: xr.Dataset) -> dict[frozenset, Cell]:
    """The cells of a sweep by what they are matched by."""
    values = {a: values_of(data, a) if a in data.coords else list(v) for a, v in axes.items()}
    keys = itertools.product(*([(a, k) for k in labels_of(v)] for a, v in values.items()))
    cells = itertools.product(*values.values())
    return {
        frozenset(key): dict(zip(axes, cell, strict=True))
        for key, cell in zip(keys, cells, strict=True)
    }


def _touched(
    where: xr.DataArray, cells: Iterable[frozenset], axes: Sequence[str]
) -> set[frozenset]:
    """The cells that points belong to; an axis that the points lack counts with all its values."""
    own = [axis for axis in axes if axis in where.dims]
    if not own:
        return set()
    labels = [labels_of(values_of(where, axis)) for axis in own]
    found = where.any([d for d in where.dims if d not in own]).transpose(*own)
    hit = {
        frozenset((axis, of[i]) for axis, of, i in zip(own, labels, at, strict=True))
        for at in np.argwhere(found.values)
    }
    return {cell for cell in cells if frozenset(c for c in cell if c[0] in own) in hit}


def _coordinates(a: xr.Dataset, b: xr.Dataset) -> list[Change]:
    found = []
    for dim in sorted({*map(str, a.dims), *map(str, b.dims)}):
        x, y = (values_of(d, dim) if dim in d.dims else None for d in (a, b))
        if x is None or y is None:
            found.append(Change(name=dim, a=x, b=y))
            continue
        old, new = labels_of(x), labels_of(y)
        gone = [v for v, label in zip(x, old, strict=True) if label not in set(new)]
        more = [v for v, label in zip(y, new, strict=True) if label not in set(old)]
        found += [Change(name=dim, a=gone, b=more)] if gone or more else []
    return found


def _variable(
    a: xr.DataArray, b: xr.DataArray, tolerance: float, top: int
) -> tuple[VariableChange | None, xr.DataArray]:
    """What differs in one variable at the points that both have, and where."""
    name, dims_a, dims_b = str(a.name), [str(d) for d in a.dims], [str(d) for d in b.dims]
    if set(dims_a) != set(dims_b):
        change = VariableChange(
            name=name, dims_a=dims_a, dims_b=dims_b,
            compared=0, changed=0, undefined=0, largest=[],
        )  # fmt: skip
        return change, xr.DataArray(False)
    b = b.transpose(*dims_a)
    changed, absolute, relative = differences(a.values, b.values, tolerance)
    where = a.copy(data=changed)
    if not changed.any():
        return None, where
    size = np.nan_to_num(np.where(changed, absolute, -2.0), nan=-1.0).ravel()
    order = np.argsort(-size, kind="stable")[: min(top, int(changed.sum()))]
    at = [np.unravel_index(i, changed.shape) for i in order]
    change = VariableChange(
        name=name,
        dims_a=dims_a,
        dims_b=dims_b,
        compared=changed.size,
        changed=int(changed.sum()),
        undefined=int((changed & np.isnan(absolute)).sum()) if a.dtype.kind in "biuf" else 0,
        largest=[
            Difference(
                at={d: _plain(a[d].values[i]) for d, i in zip(dims_a, p, strict=True)},
                a=_plain(a.values[p]),
                b=_plain(b.values[p]),
                absolute=_plain(absolute[p]),
                relative=_plain(relative[p]),
            )
            for p in at
        ],
    )
    return change, where


def _plain(value: Any) -> Any:
    """A value that JSON has: None for NaN, text for an infinity."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float) and not np.isfinite(plain):
        return None if np.isnan(plain) else str(plain)
    return plain
