"""Schemas."""

from tegum.data.schema import schema

SCHEMAS = {
    "train": schema("curve.train", {"height": (("cell",), float)}),
    "measure": schema("curve.measure", {"height": (("...",), float)}),
}
