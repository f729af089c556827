"""Errors of dictionaries beside changes that are as long, token by token."""

import numpy as np
import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import perturbations as change
from tegum.metrics.substitutions import MOVES, SUBSTITUTIONS, moves, substitutions
from tegum.studies.sae_errors.measure import reconstruction
from tegum.studies.sae_errors.params import Errors
from tegum.studies.sae_errors.schema import QUALITY, SCHEMAS
from tegum.studies.sae_errors.world import Downstream, directions, features
from tegum.synthetic.draws import Draws

LABELS = {"substitution": SUBSTITUTIONS, "move": MOVES}


def by_cell(sweep: SweepView[Errors], rows: Rows) -> xr.Dataset:
    """Means over samples: (cell, substitution) and (cell, move)."""
    fit, found = rows["fit"], []
    for i, cell in enumerate(sweep.cells):
        section, row = cell.upstream["fit"], fit.isel(cell=i)
        world = directions(section, cell.stream("data"))
        x = features(section, cell.stream("evaluation"), section.samples) @ world
        p = cell.params
        reader = Downstream(world, p.threshold, p.n_outputs, cell.stream("data"))
        rebuilt = reconstruction(row)
        changed = substitutions(x, rebuilt, cell.stream("control")).values()
        to = change.divergence_from(reader(x))
        kl = [to(reader(x + delta)).mean() for delta in changed]
        length = [np.linalg.norm(delta, axis=1).mean() for delta in changed]
        size = np.linalg.norm(rebuilt - x, axis=1)
        codes, found_rows = row["latents"].values, row["directions"].values
        moved = moves(codes, found_rows, size, Draws(cell.stream("control")))
        to = change.divergence_from(reader(rebuilt))
        each = np.array([to(reader(rebuilt + delta)) for delta in moved.values()])
        found.append({"kl": kl, "length": length, "moved_kl": np.nanmean(each, axis=1)})
    schema = SCHEMAS["measure/errors"]
    return rows_of(schema, found, LABELS).merge(fit[list(QUALITY)])
