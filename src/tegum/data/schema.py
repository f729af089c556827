"""Schemas of Datasets: what each stage has to write, checked at every save and load."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tegum.labels import coordinate, unlabelled, variable

if TYPE_CHECKING:
    from pandera.xarray import DatasetSchema

Layout = Mapping[str, tuple[Any, ...]]
"""Variable name to (dims, dtype), with a long name and units behind them where they are known."""

LOSS_CHANGE = (
    "float32",
    "relative change of the evaluation loss over the last half of training, "
    "at equal learning-rate phase",
)
"""Type and long name of `loss_change`: (loss at half - loss at end) / loss at end."""
MCC_CHANGE = "float32", "change of the MCC over the last half of training"
CHANGES = {"loss_change": LOSS_CHANGE, "mcc_change": MCC_CHANGE}
"""What rows of trained models and fitted dictionaries say of their convergence."""


@dataclass(frozen=True)
class Schema:
    """What a stage's Dataset has to look like; checked when it is saved and when it is loaded."""

    name: str
    """Shown in errors, e.g. `monosemanticity.train`."""
    layout: Layout
    """Variable name to (dims, dtype), where it is known with long name and units."""
    coords: Layout
    missing: frozenset[str]
    """Variables in which NaN stands for "undefined here"; in all others it is an error."""
    optional: frozenset[str] = frozenset()
    """Variables that are there only where the parameters say so."""

    def validate(self, dataset: xr.Dataset) -> None:
        """Raise pandera's `SchemaErrors`, with every deviation, when `dataset` deviates."""
        _pandera(self).validate(dataset, lazy=True)

    def dataset(
        self,
        values: Mapping[str, Any],
        coords: Mapping[str, Any] | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> xr.Dataset:
        """Arrays by name as a Dataset, typed and labelled as this schema says.

        Args:
            values: name to an array; `...` in the schema's dims stands for `cell` here.
            coords: coordinate name to its values, or to a variable; the others count from 0.
            attrs: of the Dataset.

        Raises:
            KeyError: for a name that the schema does not have.
        """
        data, sizes = {}, {}
        for name, array in values.items():
            dims, dtype, *words = self.layout[name]
            dims = tuple("cell" if d == "..." else d for d in dims)
            long_name, units = (*words, *(name.replace("_", " "), "1")[len(words) :])
            data[name] = variable(dims, np.asarray(array).astype(dtype), long_name, units)
            sizes |= dict(zip(dims, data[name].shape, strict=True))
        known = dict(coords or {})
        named = {}
        for dim in [d for d in sizes if d != "cell" and d not in known]:
            named[dim] = coordinate(dim, np.arange(sizes[dim]), dim.replace("_", " "))
        for name, found in known.items():
            if isinstance(found, xr.Variable | xr.DataArray):
                named[name] = xr.Variable(found.dims, found.values, found.attrs)
            else:
                dims, dtype, *words = self.coords.get(name, ((name,), None))
                long_name, units = (*words, *(name.replace("_", " "), "1")[len(words) :])
                dims = tuple("cell" if d == "..." else d for d in dims)
                named[name] = variable(dims, np.asarray(found, dtype), long_name, units)
        return xr.Dataset(data, named, attrs)


def schema(
    name: str,
    variables: Layout,
    coords: Layout | None = None,
    missing: Iterable[str] | None = None,
    optional: Iterable[str] = (),
) -> Schema:
    """The schema of a stage's Dataset.

    Args:
        name: shown in errors.
        variables: variable name to (dims, dtype); dims in order. A dim `...` in first place
            stands for the axes of the sweep, which are not checked by name.
        coords: coordinate name to (dims, dtype).
        missing: variables in which NaN stands for "undefined here". By default those on a
            sweep's grid (dims from `...`), where what a cell lacks is NaN; none of a row stage.
        optional: variables that are there only where the parameters say so.
    """
    on_grid = [v for v, (dims, *_) in variables.items() if dims[:1] == ("...",)]
    nullable = frozenset(on_grid if missing is None else missing)
    return Schema(name, variables, coords or {}, nullable, frozenset(optional))


@cache
def _checked_tail(want: tuple[str, ...]) -> Any:
    from pandera.xarray import Check

    return Check(lambda a: a.dims[len(a.dims) - len(want) :] == want, error=f"last dims: {want}")


def _pandera(schema: Schema) -> "DatasetSchema":
    from pandera.xarray import Check, Coordinate, DatasetSchema, DataVar

    variables = {}
    for key, (dims, dtype, *_) in schema.layout.items():
        free = bool(dims) and dims[0] == "..."
        variables[key] = DataVar(
            name=key,
            dims=None if free else dims,
            dtype=dtype,
            nullable=key in schema.missing,
            required=key not in schema.optional,
            checks=[_checked_tail(tuple(dims[1:]))] if free else [],
        )
    coords = {
        key: Coordinate(name=key, dims=dims, dtype=dtype)
        for key, (dims, dtype, *_) in schema.coords.items()
    }
    labelled = Check(_labelled, error="every variable has long_name and units")
    return DatasetSchema(data_vars=variables, coords=coords, checks=labelled, name=schema.name)


def _labelled(dataset: xr.Dataset) -> bool:
    bare = unlabelled(dataset)
    if bare:
        raise ValueError(f"variables without long_name and units: {', '.join(map(str, bare))}")
    return True
