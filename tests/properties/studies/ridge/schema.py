"""Schemas."""

from tegum.data.schema import schema

WEIGHT = {"weight": (("cell", "input"), float)}
SCHEMAS = {
    "generate": schema("ridge.generate", {"target": (("cell", "sample"), float)}),
    "train": schema("ridge.train", WEIGHT),
    "control": schema("ridge.control", WEIGHT),
    "measure": schema("ridge.measure", {"train_error": (("...",), float)}),
}
