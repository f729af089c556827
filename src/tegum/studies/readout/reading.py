"""How measured dictionaries are read: what more latents gain, beyond what a Gaussian gains."""

import xarray as xr

from tegum.labels import at


def excess_gain(ds: xr.Dataset, gaussian: str | None = "superposed") -> xr.DataArray:
    """D(e) = [FVU_gauss(e) - FVU_gauss(1)] - [FVU(e) - FVU(1)], positive where the data gain more.

    `gaussian` names the data set whose Gaussian is compared; each with its own if None.
    """
    change = ds["fvu"] - at(ds["fvu"], expansion=1)
    noise = at(change, control="gaussian").drop_vars("control")
    if gaussian is not None:
        noise = at(noise, dataset=gaussian).drop_vars("dataset")
    return noise - at(change, control="none").drop_vars("control")


def excess_recovered(ds: xr.Dataset, loss: str = "cross_entropy_recovered") -> xr.DataArray:
    """Gain in a recovered loss over expansion 1, less that of dictionaries of a Gaussian."""
    change = ds[loss] - at(ds[loss], expansion=1)
    return at(change, control="none") - at(change, control="gaussian")
