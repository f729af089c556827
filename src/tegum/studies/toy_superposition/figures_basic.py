"""Uneven importances: Gram matrices, norms, the two parts of the loss, a penalty."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Figure, theme
from tegum.labels import coordinate, variable
from tegum.studies.toy_superposition.findings import Data

SEEDS = "Five seeds; bands are 95 % bootstrap intervals of the mean over seeds."
ONE_SEED = "One seed (n = 1, no interval)."


def inverse_density(ds: xr.Dataset) -> xr.Dataset:
    """The density axis replaced by its inverse, as the paper draws it."""
    inverse = variable("sparsity", 1 / ds["feature_probability"].values, "1 / density", "1")
    return ds.rename(feature_probability="sparsity").assign_coords(sparsity=inverse)


def _models(data: Data) -> list[tuple[str, xr.Dataset]]:
    """The linear model at density 1, then the ReLU models from dense to sparse; the first seed."""
    ds = data["basic"].sortby("feature_probability", ascending=False).isel(seed=0, checkpoint=-1)
    linear = data["linear"].sel(feature_probability=1.0).isel(seed=0, checkpoint=-1)
    models = [
        (f"ReLU, density {p:g}", ds.sel(feature_probability=p))
        for p in ds["feature_probability"].values
    ]
    return [("linear, density 1", linear), *models]


def _gram(data: Data) -> Any:
    panels = []
    for title, model in _models(data):
        weight = model["weight"].transpose("feature", "dimension").values
        values = np.column_stack(
            [weight @ weight.T, np.full(len(weight), np.nan), model["bias"].values]
        )
        n = len(weight)
        table = xr.Dataset(
            {"gram": variable(("output", "feature"), values, "W^T W, and b", "1")},
            {
                "feature": coordinate("feature", np.arange(n + 2), f"input feature; {n + 1}: bias"),
                "output": coordinate("output", np.arange(n), "output feature"),
            },
        )
        panels.append(
            theme.heatmap(
                table, "gram", "feature", "output", centre=0.0, limits=(-1.2, 1.2), title=title
            )
        )
    return theme.layout(*panels)


def _norms(data: Data) -> Any:
    panels = []
    for title, model in _models(data):
        table = model[["norm", "superposition"]].transpose("feature")
        look: Any = {"ylim": (0.0, 1.4), "title": title}
        panels.append(
            theme.bars(table, "norm", "feature", "superposition", limits=(0.0, 2.0), **look)
        )
    return theme.layout(*panels)


def _decomposition(data: Data) -> Any:
    ds = inverse_density(data["basic"])
    parts = ds[["benefit", "interference", "one_sparse_loss"]]
    joined = parts.to_dataarray("part", name="loss")
    names = ["missed feature benefit", "interference", "whole, with biases"]
    table = joined.to_dataset().assign_coords(
        part=coordinate("part", np.array(names, dtype=object), "part")
    )
    table["loss"].attrs = {"long_name": "loss of one active feature", "units": "1"}
    return theme.band(table, "loss", "sparsity", "part", logx=True, logy=True, markers=True)


def _penalty(data: Data) -> Any:
    ds = data["l1_hidden"].isel(checkpoint=-1)
    shared = ds["superposition"].where(ds["norm"] > 0.5).mean("feature")
    shared.attrs = {"long_name": "mean superposition", "units": "1"}
    table = ds.assign(shared=shared)
    return theme.layout(
        theme.band(table[["shared"]], "shared", "l1_hidden", markers=True),
        theme.band(table[["n_represented"]], "n_represented", "l1_hidden", markers=True),
        theme.band(table[["loss_ratio"]], "loss_ratio", "l1_hidden", markers=True),
        columns=3,
    )


FIGURES = {
    "gram": Figure(
        caption="W^T W and, in the last column, the bias, of a linear model and of ReLU models "
        f"of 20 features in 5 dimensions at seven densities; importance 0.7^i. {ONE_SEED}",
        shows="Dense models give their five dimensions to the five most important features and "
        "put half of each other one into the bias. As features get sparser, the less important of "
        "these first share a dimension with an ignored feature as an antipodal pair (blue off the "
        "diagonal); at density 0.03 all ten represented features are in such pairs; beyond, "
        "clusters form.",
        surprise="The pairs match the most important with the least important represented "
        "feature, in order: the blue squares lie on an antidiagonal.",
        draw=_gram,
    ),
    "norms": Figure(
        caption="Norm of each feature's embedding, coloured by its superposition, the sum over "
        "the others of their squared projection on it; models as in the figure of W^T W. "
        f"{ONE_SEED}",
        shows="Five features at density 1, then ever more; superposition (colour) begins at the "
        "less important end, and the most important feature keeps a dimension for itself longest.",
        surprise="In the sparsest model the most important feature of all is left out, and less "
        "important ones are represented: with so few active samples a bad start is not mended.",
        draw=_norms,
    ),
    "decomposition": Figure(
        caption="Loss of one active feature against 1 / density: what is missing of the feature "
        f"benefit, the interference, and the whole with biases; importance 0.7^i. {SEEDS}",
        shows="What is missing of the feature benefit falls down to density 0.01 and rises again "
        "where models leave features out; interference sets in at density 0.03 and is the larger "
        "part at 0.01 and 0.003.",
        surprise="Down to density 0.03 interference is tiny although ten features share "
        "five dimensions: negative interference is free. At density 1 the whole is much larger "
        "than the two parts, since biases near 1/2 are made for many active features, not for "
        "one.",
        draw=_decomposition,
    ),
    "penalty": Figure(
        caption="An L1 penalty on the hidden activations: mean superposition of the represented "
        "features, their number, and loss over null loss, against its strength; 20 features in 5 "
        f"dimensions at density 0.03, no penalty being the control. {SEEDS}",
        shows="The penalty lowers superposition and the number of represented features together; "
        "at 0.3 ten features remain, in antipodal pairs, at more than twice the loss.",
        surprise="Unlike the published remark, no strength here removes superposition and keeps "
        "as many features as there are dimensions: an antipodal pair costs no more activation "
        "than two features with dimensions of their own.",
        draw=_penalty,
    ),
}
