"""Sources, tolerances, and the numbers that several findings rest on."""

from collections.abc import Mapping

import xarray as xr

from tegum.labels import at
from tegum.ledger.readings import Sides, rms, sides

POST = (
    "Vaintrob, Mendel, Hänni 2024, Toward a mathematical framework for computation in superposition"
)
COMMENTS = f"{POST}, comments by Kaarel and Mendel"
PAPER = "Hänni, Mendel, Vaintrob, Chan 2024, arXiv 2408.05451"
PROTOTYPE = "a small prototype of one seed"
DERIVED = "derived: truncated normal moments (Tallis 1961) and binomial sums"
CONTROLS: Mapping[str, str] = {
    "permuted": "readoffs of other pairs",
    "affine": "affine readoff of the inputs",
    "binary": "sparse construction",
    "untrained": "untrained",
}


def beside(values: xr.DataArray, control: str) -> Sides:
    """What was found without a control, beside the same with one."""
    return sides(values, "control", "none", control, CONTROLS[control])


def pooled(ds: xr.Dataset, name: str = "error_rms") -> xr.DataArray:
    """Root of the mean square over the four cases, each of equal weight."""
    return rms(ds, name, "case")


def listed(values: xr.DataArray, digits: int) -> str:
    """Means over seeds along the other axis, without the names of its places."""
    return ", ".join(f"{float(v):.{digits}f}" for v in values.mean("seed"))


def places(ds: xr.Dataset | xr.DataArray, axis: str) -> str:
    """The values of an axis, as text."""
    return ", ".join(f"{v:g}" for v in ds[axis].values)


def widest(ds: xr.Dataset) -> tuple[xr.Dataset, int]:
    """What was found at the largest width, and that width."""
    width = int(ds["width"].max())
    return at(ds, width=width), width
