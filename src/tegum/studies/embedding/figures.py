"""Figures of `embedding`."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.figures import Data, figure, theme
from tegum.figures.series import as_series, named, worded
from tegum.labels import at, coordinate, labelled, variable
from tegum.studies.embedding.schema import CLASSES
from tegum.studies.embedding.selection import by_distance

SEEDS = "Mean over five seeds with the 95 % bootstrap interval"
MATRICES = {
    "none": "embedding",
    "gaussian": "Gaussian, equal covariance",
    "permuted": "every dimension permuted",
    "planted": "sparse by construction",
}
WRITERS = ["embedding", "block 1", "block 2", "block 3", "block 4", "block 5", "block 6", "block 7"]
CUTS = {
    "mean": "its mean",
    "shuffled": "another position's",
    "random": "as much in a random direction",
}


def _trained(ds: xr.Dataset) -> xr.Dataset:
    """Looks after training began, for an axis of the logarithm of the steps."""
    return ds.isel(checkpoint=slice(1, None)).swap_dims(checkpoint="step")


@figure(
    caption="Loss on held-out text of decoders of one block against optimiser steps, by what their "
    "embedding is: learned, or frozen as random rows, as the trained one, or as the trained one "
    f"with its rows permuted (grey: controls). All read the same windows. {SEEDS}.",
    shows="At the end random rows cost {frozen_random} nats per token more than learned ones. The "
    "frozen trained embedding is {frozen_trained} nats from the learned one, and what permuted "
    "rows cost differs by {frozen_permuted} of it from what random ones do.",
    surprise="Claims on their order: frozen_random {frozen_random.verdict}, frozen_trained "
    "{frozen_trained.verdict}, frozen_permuted {frozen_permuted.verdict}.",
    sweeps=("decoders",),
)
def learning(data: Data) -> Any:
    here = _trained(data["decoders"][["evaluation_loss"]])
    return theme.band(
        here,
        "evaluation_loss",
        "step",
        "variant",
        control=["frozen random", "frozen permuted"],
        logx=True,
    )


@figure(
    caption="Fraction of variance that a sparse code leaves of the embedding, and of matrices "
    "without its structure, left: with four atoms to a row against optimiser steps (the first look "
    "is after training began), right: at the end against the atoms of a row. 128 atoms, 512 rows "
    f"of 32 dimensions. {SEEDS}.",
    shows="Training changes what is left by {sparser} (before minus after). The embedding is "
    "coded better than a Gaussian of its covariance by {gaussian_alike} of what the Gaussian "
    "leaves; of rows that are sparse by construction as many atoms leave {more_than_sparse} less "
    "than of the embedding.",
    surprise="Verdicts: sparser {sparser.verdict}, gaussian_alike {gaussian_alike.verdict}, "
    "more_than_sparse {more_than_sparse.verdict}.",
    sweeps=("decoders",),
)
def sparse_codes(data: Data) -> Any:
    ds = named(data["decoders"][["fvu"]], "control", MATRICES, "matrix")
    look: Any = {"control": list(MATRICES.values())[1:3], "ylim": (0.0, None)}
    left = _trained(at(ds, l0=4))
    right = ds.isel(checkpoint=-1).drop_vars("step")
    return theme.layout(
        theme.band(left, "fvu", "step", "control", logx=True, **look),
        theme.band(right, "fvu", "l0", "control", **look),
    )


@figure(
    caption="Loss increase at positions where a token is the last that is read, when its row is "
    "replaced by a random one of equal norm or by that of the nearest other token, against the "
    "token's frequency in the text. A dot is a token of one of five decoders.",
    shows="A random row costs {row_matters} nats per reading. The rank correlation of that with "
    "the token's frequency is {row_frequency}.",
    surprise="Verdicts: row_matters {row_matters.verdict}, row_frequency {row_frequency.verdict}.",
    sweeps=("decoders",),
)
def rows(data: Data) -> Any:
    ds = data["decoders"]
    names = {"random": "random row", "nearest": "row of the nearest token"}
    here = named(ds[["row_loss", "row_frequency"]], "replacement", names, "row in its place")
    return theme.scatter(
        here,
        "row_loss",
        "row_frequency",
        "replacement",
        control=["row of the nearest token"],
        logx=True,
    )


@figure(
    caption="Rows of the trained embedding along their two largest principal components, by class "
    "of the token, one decoder (left), and the same rows with classes permuted over tokens "
    "(right).",
    shows="The nearest neighbour of a token is of its class more often than chance says by "
    "{classes} of the tokens. Variance gathers: the participation ratio falls by "
    "{fewer_directions} of 32.",
    surprise="Digits in the order of a circle: {circle_digits.verdict}; letters: "
    "{circle_letters.verdict}.",
    sweeps=("decoders",),
)
def plane(data: Data) -> Any:
    ds = data["decoders"].isel(seed=0)
    own = ds["token_class"].values.astype(int)
    permuted = np.random.default_rng(0).permutation(own)
    names = ["first principal component", "second principal component"]
    return theme.layout(
        _by_class(ds["component"], own, names, title="classes of tokens"),
        _by_class(ds["component"], permuted, names, title="permuted"),
    )


def _by_class(points: xr.DataArray, kinds: np.ndarray, names: list[str], title: str) -> Any:
    """Points (token, axis) in the colours of their classes (token,)."""
    tables = []
    for axis, name in enumerate(names):
        values = points.isel(axis=axis, drop=True)
        parts = {
            text: values.where(xr.DataArray(kinds == number, dims="token"))
            for number, text in enumerate(CLASSES)
        }
        one = as_series("kind", parts, "class")["value"]
        tables.append(one.assign_attrs(long_name=name, units="1"))
    table = xr.Dataset({"first": tables[0], "second": tables[1]})
    return theme.scatter(table, "second", "first", "kind", title=title)


@figure(
    caption="Rows of the trained embedding of one decoder in a plane, by class of the token: their "
    "two largest principal components (left), UMAP (middle), and UMAP of a Gaussian matrix of "
    "equal covariance, whose rows have no classes (right: the control).",
    shows="On the UMAP of the embedding {umap_classes} more of a token's neighbours are of its "
    "class than on that of the Gaussian, and {umap_beyond_pca} more than in the plane of the "
    "principal components.",
    surprise="How clustered the two UMAPs look differs by {umap_clusters} of the Gaussian's "
    "silhouette: {umap_clusters.verdict}.",
    sweeps=("maps",),
)
def maps(data: Data) -> Any:
    ds = data["maps"].isel(seed=0)
    kinds = ds["token_class"].values.astype(int)
    panels = {
        "principal components": ("embedding", "pca"),
        "UMAP": ("embedding", "umap"),
        "UMAP of a Gaussian": ("gaussian", "umap"),
    }
    drawn = []
    for title, (matrix, plane) in panels.items():
        points = at(ds["point"], matrix=matrix, plane=plane).reset_coords(drop=True)
        drawn.append(_by_class(points, kinds, ["first axis", "second axis"], title=title))
    return theme.layout(*drawn)


@figure(
    caption="Rows that were replaced by random ones of equal norm and learned anew on windows with "
    "the token, everything else as it was. Left: loss increase at positions that read the token "
    "last, mean over 16 tokens, against optimiser steps; grey: learned on tokens in random order. "
    f"{SEEDS}. Right: steps until half of the increase is gone against the token's frequency; a "
    "dot is a token of one of five decoders.",
    shows="{relearned} of the increase is gone at the end; on tokens in random order "
    "{relearned.control_estimate}. What is left is {relearned_as_good} nats.",
    surprise="The rank correlation of frequency and half-life is {relearned_frequency}. Verdicts: "
    "relearned {relearned.verdict}, relearned_as_good {relearned_as_good.verdict}, "
    "relearned_direction {relearned_direction.verdict}, relearned_frequency "
    "{relearned_frequency.verdict}.",
    sweeps=("relearning",),
)
def relearning(data: Data) -> Any:
    words = {"own": "the text", "shuffled": "tokens in random order"}
    ds = named(data["relearning"], "text", words, "learned on")
    mean = ds["increase"].mean("row", keep_attrs=True).isel(look=slice(1, None))
    curves = mean.to_dataset().swap_dims(look="step")
    control = words["shuffled"]
    return theme.layout(
        theme.band(curves, "increase", "step", "text", control=[control], logx=True),
        theme.scatter(
            ds[["half_life", "row_frequency"]],
            "half_life",
            "row_frequency",
            "text",
            control=[control],
            logx=True,
            logy=True,
        ),
    )


@figure(
    caption="KL divergence of a decoder's outputs when the activation of the last token behind "
    "block 2 of 4 is changed. Left: in its place, over that of isotropic changes of equal length "
    "(dashed). Middle: moves of its reconstruction, likewise. Right: along lines that leave it, "
    "against the distance over that of a mean activation from the mean; grey: isotropic. "
    f"{SEEDS}.",
    shows="Errors of the dictionary do {g1} times what random changes do, with corrected norms "
    "{g1_norm} times, {g1_covariance} times what changes of equal covariance do, and "
    "{g1_shuffled} times what the error of another token does.",
    surprise="Active latents alone, moved as far, do {g3} times what random moves do, inactive "
    "ones {g3.control_estimate} times. Towards another activation half of the largest divergence "
    "is reached at {g5} of the distance of an isotropic direction.",
    sweeps=("errors",),
)
def errors(data: Data) -> Any:
    ds = data["errors"]
    panels = []
    for name, dim in (("kl", "substitution"), ("moved_kl", "move")):
        over = ds[name] / at(ds[name], **{dim: "isotropic"}).reset_coords(drop=True)
        kept = [v for v in over[dim].values if v not in ("isotropic", "mean")]
        table = labelled(at(over, **{dim: kept}), "ratio", "KL over that of isotropic changes")
        words = coordinate(dim, table[dim].values, "change")
        drawn = theme.intervals(table.assign_coords({dim: words}), "ratio", dim, ylim=(0.0, None))
        panels.append(theme.overlay(drawn, theme.reference_line(1.0, "")))
    lines = worded(ds[["line_kl"]], {"line": "direction"})
    panels.append(theme.band(lines, "line_kl", "distance", "line", control="isotropic"))
    return theme.layout(*panels)


@figure(
    caption="Loss increase when one block alone does not see the output of another, by how many "
    "layers lie between (1: the next), mean over the outputs, in decoders of four blocks: the mean "
    "output is in its place, or another position's, or the output is changed by as much as the "
    f"mean would change it, in a random direction (grey). {SEEDS}.",
    shows="The next block's read is worth {reads_fall} nats per token more than the furthest; "
    "reads from a distance of 2 on are worth {read_beyond} each. Of what blocks read of the "
    "embedding the first reads {first_reader}.",
    surprise="Verdicts: reads_fall {reads_fall.verdict}, read_beyond {read_beyond.verdict}, "
    "content_read {content_read.verdict}.",
    sweeps=("horizon",),
)
def distances(data: Data) -> Any:
    found = by_distance(data["horizon"]["increase"])
    found = found.assign_coords(
        distance=variable("distance", found["distance"].values, "layers ahead", "1")
    )
    ds = labelled(found, "increase", "loss increase", "nats per token")
    ds = named(ds, "cut", CUTS, "in place of the output")
    return theme.intervals(ds, "increase", "distance", "cut", control=[CUTS["random"]])


@figure(
    caption="Loss increase when one reader (a block, or the unembedding) alone does not see the "
    f"output of one writer, in decoders of four blocks, by writer. {SEEDS}.",
    shows="Every output is read by the unembedding as well, the last reader of each line.",
    surprise="The first block alone has {first_reader} of what blocks read of the embedding.",
    sweeps=("horizon",),
)
def readers(data: Data) -> Any:
    ds = at(data["horizon"][["increase"]], cut="mean")
    blocks = ds.sizes["reader"] - 1
    words = [f"block {n}" for n in range(1, blocks + 1)] + ["unembedding"]
    ds = ds.assign_coords(
        reader=variable("reader", np.array(words, dtype=object), "read by", "1"),
        writer=variable("writer", np.array(WRITERS[: blocks + 1], dtype=object), "output of", "1"),
    )
    return theme.intervals(ds, "increase", "reader", "writer")
