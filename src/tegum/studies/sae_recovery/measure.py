"""What the dictionaries recovered, with the controls beside them along `control`."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.data.rows import join_controls
from tegum.data.schema import CHANGES
from tegum.dictionaries.movement import movement
from tegum.experiment.cell import Cell, SweepView
from tegum.experiment.params import Section
from tegum.labels import variable
from tegum.studies.sae_recovery.schema import LATENTS, MEASURES

KEPT = ("best_cosine", "curve_mcc", "curve_dead_fraction", *CHANGES)


def by_cell(sweep: SweepView[Section], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Dims `cell`, then `control`; controls exist at one level and learning rate."""
    fit, names = rows["fit"], list(MEASURES)
    here = xr.DataArray([_controlled(cell) for cell in sweep.cells], dims="cell")
    found = join_controls(fit[names], rows["control"][names].where(here))
    found = found.transpose("cell", "control").assign({name: fit[name] for name in KEPT})
    found["loss_change"] = movement(fit["loss_change"], fit["fvu"]).assign_attrs(
        found.loss_change.attrs
    )
    found["feature_probability"] = rows["generate"]["marginal"]
    if sweep.cells[0].upstream["fit"].details:
        found = found.assign(_one_of_each(sweep.cells, rows))
    return found.assign_coords(_named(sweep))


def _controlled(cell: Cell[Section]) -> bool:
    """Whether the controls of a cell are those of its own level and learning rate."""
    fit, control = cell.upstream["fit"], cell.upstream["control"]
    at = control.at_level, control.at_learning_rate
    return at == (fit.level, fit.learning_rate)


def _one_of_each(
    cells: Sequence[Cell[Section]], rows: Mapping[str, xr.Dataset]
) -> dict[str, xr.Variable]:
    """The latents of one dictionary per architecture: the first seed's, where the controls are."""
    first: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if _controlled(cell):
            first.setdefault(cell.upstream["fit"].architecture, place)
    shown = {stage: ds.isel(cell=list(first.values())) for stage, ds in rows.items()}
    truth = shown["generate"]["directions"]
    cosine = abs(xr.dot(shown["fit"]["directions"], truth / _norm(truth), dim="input"))
    cosine.attrs = {"long_name": "|cos| of latent and feature", "units": "1"}
    found = {name: shown["fit"][name] for name in LATENTS} | {"cosine": cosine}
    gaussian = shown["control"]["latent_cosine"].sel(control="gaussian")
    found["latent_cosine_gaussian"] = gaussian
    return {
        name: xr.Variable(("architecture", *of.dims[1:]), of.values, of.attrs)
        for name, of in found.items()
    }


def _norm(rows: xr.DataArray) -> xr.DataArray:
    return (rows**2).sum("input") ** 0.5


def _named(sweep: SweepView[Section]) -> dict[str, xr.Variable]:
    """The sparsity of each architecture (and level), and features per dimension."""
    dims = tuple(d for d in ("architecture", "level") if d in sweep.axes)
    table = {tuple(c.axes[d] for d in dims): c.upstream["fit"].sparsity for c in sweep.cells}
    values = np.array(list(table.values()), float).reshape([len(sweep.axes[d]) for d in dims])
    named = {"sparsity": variable(dims, values, "sparsity (lambda or k)", "1")}
    if "n_inputs" in sweep.axes:
        count = sweep.cells[0].upstream["generate"].n_features
        ratio = [count / float(size) for size in sweep.axes["n_inputs"]]
        named["superposition"] = variable("n_inputs", ratio, "features per dimension G/d", "1")
    return named
