"""Schemas."""

from tegum.data.schema import schema

SCHEMAS = {
    "fit": schema("mean_power.fit", {"moment": (("cell", "step"), float)}),
    "measure": schema("mean_power.measure", {"last": (("power",), float)}),
}
