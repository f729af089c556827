"""Schemas."""

from tegum.data.schema import schema

SCHEMAS = {
    "train": schema("random_walk.train", {"position": (("cell", "step"), float)}),
    "fit": schema("random_walk.fit", {"coefficient": (("cell", "power"), float)}),
    "measure": schema("random_walk.measure", dict.fromkeys(("distance", "far"), (("...",), float))),
}
