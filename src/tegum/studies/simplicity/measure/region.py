"""Bits that specify regions, by language."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.simplicity.params import Region
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.theory.regions import LANGUAGES, Language, free_bits, named_bits, volume


def by_cell(sweep: SweepView[Region], rows: Rows) -> xr.Dataset:
    """Closed forms, and searches where those are short: (cell, language)."""
    cells = [(c.params, 0.5**c.params.halvings) for c in sweep.cells]
    values = {
        "volume_bits": [-np.log2(volume(p.shape, width)) for p, width in cells],
        "bits": [[free_bits(p.shape, name, width) for name in LANGUAGES] for p, width in cells],
        "named_bits": [[_searched(p, name, width) for name in LANGUAGES] for p, width in cells],
    }
    return SCHEMAS["measure/region"].dataset(values, {"language": list(LANGUAGES)})


def _searched(p: Region, language: Language, width: float) -> float:
    """Bits by a search, NaN where that is too long."""
    short = p.halvings <= p.searched and language != "turned"
    return named_bits(p.shape, language, width) if short else np.nan
