"""Uneven importances: Gram matrices, norms, the two parts of the loss, a penalty."""

from typing import Any

import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.axes import ONE_SEED, SEEDS, inverse_density
from tegum.figures.embedding import gram_panel, norms_panel
from tegum.figures.series import as_series
from tegum.labels import along, at, labelled
from tegum.studies.toy_superposition.reading import REPRESENTED


def _models(data: Data) -> list[tuple[str, xr.Dataset]]:
    """The linear model at density 1, then the ReLU models from dense to sparse; the first seed."""
    ds = data["basic"].sortby("feature_probability", ascending=False).isel(seed=0, checkpoint=-1)
    linear = at(data["linear"], feature_probability=1.0).isel(seed=0, checkpoint=-1)
    models = along(ds, "feature_probability")
    named = [(f"ReLU, density {m['feature_probability'].item():g}", m) for m in models]
    return [("linear, density 1", linear), *named]


@figure(
    caption="W^T W and, in the last column, the bias, of a linear model and of ReLU models "
    f"of 20 features in 5 dimensions at seven densities; importance 0.7^i. {ONE_SEED}",
    shows="Dense models give their dimensions to the most important features and put the mean of "
    "each other one into the bias (t4_ignored: {t4_ignored.verdict}). As features get sparser, the "
    "less important of these first share a dimension with an ignored feature as an antipodal pair "
    "(blue off the diagonal); then all are in such pairs, and beyond, clusters form (t2_sparse: "
    "{t2_sparse.verdict}).",
    surprise="The pairs match the most important with the least important represented feature, in "
    "order: the blue squares lie on an antidiagonal.",
    sweeps=("basic", "linear"),
)
def gram(data: Data) -> Any:
    return theme.layout(*(gram_panel(model, title) for title, model in _models(data)))


@figure(
    caption="Norm of each feature's embedding, coloured by its superposition, the sum over "
    "the others of their squared projection on it; models as in the figure of W^T W. "
    f"{ONE_SEED}",
    shows="As many features as dimensions at density 1, then ever more, {t2} beyond the dimensions "
    "at the worst density up to 0.3; superposition (colour) begins at the less important end (t3: "
    "{t3.verdict}), and the most important feature keeps a dimension for itself longest.",
    surprise="The sparsest models leave out some important features and represent less important "
    "ones: with so few active samples a bad start is not mended.",
    sweeps=("basic", "linear"),
)
def norms(data: Data) -> Any:
    return theme.layout(*(norms_panel(model, title) for title, model in _models(data)))


@figure(
    caption="Loss of one active feature against 1 / density: what is missing of the feature "
    f"benefit, the interference, and the whole with biases; importance 0.7^i. {SEEDS}",
    shows="What is missing of the feature benefit falls as features get sparser, and rises again "
    "where models leave features out; interference sets in late, and can then be the larger part.",
    surprise="Interference stays tiny long after features share dimensions: negative interference "
    "is free. At density 1 the whole is much larger than the two parts, since biases near 1/2 are "
    "made for many active features, not for one.",
    sweeps=("basic",),
)
def decomposition(data: Data) -> Any:
    ds = inverse_density(data["basic"])
    parts = {
        "missed feature benefit": ds["benefit"],
        "interference": ds["interference"],
        "whole, with biases": ds["one_sparse_loss"],
    }
    table = as_series("part", parts, like=ds["one_sparse_loss"])
    return theme.band(table, "value", "sparsity", "part", logx=True, logy=True, markers=True)


@figure(
    caption="An L1 penalty on the hidden activations: mean superposition of the represented "
    "features, their number, and loss over null loss, against its strength; 20 features in 5 "
    f"dimensions at density 0.03, no penalty being the control. {SEEDS}",
    shows="The penalty lowers superposition and the number of represented features together; at "
    "the best strength a mean superposition of {t29} is left, and the loss has risen by {t29_cost} "
    "of what it is without.",
    surprise="A published remark has it that such a penalty removes superposition (t29: "
    "{t29.verdict}); an antipodal pair costs no more activation than two features with dimensions "
    "of their own.",
    sweeps=("l1_hidden",),
)
def penalty(data: Data) -> Any:
    ds = data["l1_hidden"].isel(checkpoint=-1)
    shared = ds["superposition"].where(ds["norm"] > REPRESENTED).mean("feature")
    table = labelled(shared, "shared", "mean superposition")
    counts = [theme.band(ds, n, "l1_hidden", markers=True) for n in ("n_represented", "loss_ratio")]
    return theme.layout(theme.band(table, "shared", "l1_hidden", markers=True), *counts)
