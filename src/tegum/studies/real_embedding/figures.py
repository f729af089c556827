"""Figures of `real_embedding`."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import as_series, named
from tegum.labels import along, at, coordinate

SEEDS = "Mean and 95 % interval over five draws of rows and of controls"
MATRICES = {
    "none": "embedding",
    "gaussian": "Gaussian, equal covariance",
    "permuted": "every dimension permuted",
    "planted": "sparse by construction",
    "drawn anew": "as before training",
}


@figure(
    caption="Fraction of variance that a sparse code of 256 atoms leaves of 1,024 rows of a token "
    "embedding, and of matrices without its structure, against the atoms of a row; one panel per "
    f"model. {SEEDS}.",
    shows="Of a Gaussian of equal covariance a sparse code leaves more than of the embedding by "
    "{gaussian_alike_smollm2} of itself for SmolLM2 (below 0: less) and by "
    "{gaussian_alike_minilm} for MiniLM.",
    surprise="Rows that are sparse by construction leave {more_than_sparse_smollm2} and "
    "{more_than_sparse_minilm} less than these embeddings: they are no few features in "
    "superposition.",
    sweeps=("embeddings",),
)
def sparse_codes(data: Data) -> Any:
    ds = named(data["embeddings"][["fvu"]], "control", MATRICES, "matrix")
    texts = np.array([f"{k}" for k in ds["l0"].values], dtype=object)
    ds = ds.assign_coords(l0=coordinate("l0", texts, "atoms of a code"))
    return theme.layout(
        *(
            theme.intervals(
                one.drop_vars("model"),
                "fvu",
                "l0",
                "control",
                control=[MATRICES["gaussian"]],
                title=str(one["model"].item()),
                ylim=(0.0, None),
            )
            for one in along(ds, "model")
        )
    )


@figure(
    caption="How far digits, letters, weekdays and months lie in their order around a circle of "
    "the two largest components of their rows (1: perfectly), in the embedding and in rows drawn "
    "anew; grey: 95th percentile of random orders. One panel per model.",
    shows="Weekdays: {circle_weekdays_smollm2.verdict} (SmolLM2), "
    "{circle_weekdays_minilm.verdict} (MiniLM); months: {circle_months_smollm2.verdict}, "
    "{circle_months_minilm.verdict}; letters: {circle_letters_smollm2.verdict}, "
    "{circle_letters_minilm.verdict}; digits: {circle_digits_smollm2.verdict}, "
    "{circle_digits_minilm.verdict}.",
    surprise="A circle may lie in other components than the two largest, which this does not see.",
    sweeps=("embeddings",),
)
def circles(data: Data) -> Any:
    panels = []
    for one in along(data["embeddings"], "model"):
        parts = {"embedding": at(one["circle"], stage="trained")}
        parts["drawn anew"] = at(one["circle"], stage="drawn anew")
        parts["random order"] = at(one["circle_null"], stage="trained")
        table = as_series("rows", parts, "rows")
        panels.append(
            theme.intervals(
                _plain(table),
                "value",
                "sequence",
                "rows",
                control=["random order"],
                title=str(one["model"].item()),
            )
        )
    return theme.layout(*panels)


def _plain(table: xr.Dataset) -> xr.Dataset:
    names = coordinate("sequence", table["sequence"].values, "tokens")
    return table.assign_coords(sequence=names)


@figure(
    caption="Participation ratio of the covariance of 1,024 rows: how many directions of equal "
    "variance would have as much; the embedding, and matrices without its structure. One panel per "
    f"model. {SEEDS}.",
    shows="Against rows as they are before training the number falls by "
    "{fewer_directions_smollm2} of itself in SmolLM2 and by {fewer_directions_minilm} in MiniLM.",
    surprise="Where a Gaussian of the same covariance is coded nearly as well (SmolLM2: "
    "{gaussian_alike_smollm2.verdict}; MiniLM: {gaussian_alike_minilm.verdict}), a sparse code "
    "finds the covariance.",
    sweeps=("embeddings",),
)
def directions(data: Data) -> Any:
    ds = named(data["embeddings"][["participation_ratio"]], "control", MATRICES, "matrix")
    return theme.layout(
        *(
            theme.intervals(
                one.drop_vars("model"),
                "participation_ratio",
                "control",
                title=str(one["model"].item()),
                logy=True,
            )
            for one in along(ds, "model")
        )
    )
