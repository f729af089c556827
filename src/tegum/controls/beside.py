"""What was measured without a control and with several, side by side."""

from typing import Any

import xarray as xr


def beside(plain: xr.Dataset, controlled: xr.Dataset | None) -> xr.Dataset:
    """Both along `control`, the first as `none`, with the labels of the first; NaN where
    `controlled` has fewer places."""
    parts = [plain.expand_dims(control=["none"])] + ([] if controlled is None else [controlled])
    same: Any = {"coords": "minimal", "compat": "override", "combine_attrs": "override"}
    found = xr.concat(parts, "control", join="outer", **same)
    found["control"].attrs = {"long_name": "control", "units": "1"}
    return found
