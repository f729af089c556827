"""Bits that specify regions, by language."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.simplicity.params import Region
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.theory.regions import LANGUAGES, free_bits, named_bits, volume


def by_cell(sweep: SweepView[Region], rows: Rows) -> xr.Dataset:
    """Closed forms, and searches where those are short: (cell, language)."""
    found: dict[str, list] = {"volume_bits": [], "bits": [], "named_bits": []}
    for cell in sweep.cells:
        p, width = cell.params, 0.5**cell.params.halvings
        found["volume_bits"].append(-np.log2(volume(p.shape, width)))
        found["bits"].append([free_bits(p.shape, language, width) for language in LANGUAGES])
        searched = p.halvings <= p.searched
        found["named_bits"].append(
            [
                named_bits(p.shape, language, width)
                if searched and language != "turned"
                else np.nan
                for language in LANGUAGES
            ]
        )
    return SCHEMAS["measure/region"].dataset(found, {"language": list(LANGUAGES)})
