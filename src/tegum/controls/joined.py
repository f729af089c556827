"""What was fitted, and beside it what was fitted under controls."""

import xarray as xr


def with_controls(found: xr.Dataset, controlled: xr.Dataset | None) -> xr.Dataset:
    """Rows whose variables along `control` are followed by those of other rows.

    Args:
        found: rows; those of its variables that have a dimension `control` are extended.
        controlled: the same variables under more controls; None where there are none.
    """
    if controlled is None:
        return found
    names = [name for name, values in found.data_vars.items() if "control" in values.dims]
    joined = xr.concat(
        [found[names], controlled[names]],
        "control",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )
    return found.drop_vars(names).drop_dims("control", errors="ignore").merge(joined)
