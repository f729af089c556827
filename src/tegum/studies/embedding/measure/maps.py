"""Maps of the trained embedding in a plane, and of matrices whose clusters are known."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.geometry import unit
from tegum.metrics.planes import neighbours_of_class, pca_plane, silhouette, umap_plane
from tegum.studies.embedding.blank import blank
from tegum.studies.embedding.params import Maps
from tegum.studies.embedding.schema import CLASSES, MAPS, MATRICES, PLANES
from tegum.studies.embedding.token_classes import class_of
from tegum.synthetic.byte_pairs import Tokenizer

Array = np.ndarray
APART = 4.0
"""Distance of planted clusters from the mean, over the root mean square of the rows'."""


def by_cell(sweep: SweepView[Maps], rows: Rows) -> xr.Dataset:
    """Maps (cell, matrix, plane, token, axis), and how clustered they look."""
    train, made = rows["train"], rows["generate"]
    sizes = {
        "matrix": len(MATRICES),
        "plane": len(PLANES),
        "token": train.sizes["token"],
        "axis": 2,
    }
    found = blank(MAPS, len(sweep.cells), sizes)
    for i, cell in enumerate(sweep.cells):
        if train["available"].values[i]:
            coder = Tokenizer(made["pair"].values[i])
            classes = np.array([class_of(text) for text in coder.texts])
            for name, value in _mapped(cell, train["embedding"].values[i, -1], classes).items():
                found[name][i] = value
    found |= {name: train[name].values for name in ("available", "loss_change")}
    return MAPS.dataset(found, {"matrix": MATRICES, "plane": PLANES})


def _mapped(cell: Cell[Maps], embedding: Array, classes: Array) -> Mapping[str, Array]:
    p, seed = cell.params, cell.stream("control") % 2**32
    matrices = [
        embedding,
        matched_gaussian(embedding, seed),
        permute_dimensions(embedding, seed),
        clustered(embedding, classes, seed),
    ]
    points = np.stack(
        [[pca_plane(m), umap_plane(m, p.neighbours, p.epochs, seed)] for m in matrices]
    )
    each = points.reshape(-1, *points.shape[2:])
    size = points.shape[:2]
    share = [neighbours_of_class(x, classes, p.near) for x in each]
    clusters = [silhouette(x, len(CLASSES), seed) for x in each]
    return {
        "point": points,
        "class_share": np.reshape(share, size),
        "silhouette": np.reshape(clusters, size),
        "token_class": classes,
    }


def clustered(rows: Array, classes: Array, seed: int) -> Array:
    """Gaussian rows of equal covariance, and those of each class moved away as one, far."""
    noise = matched_gaussian(rows, seed)
    far = unit(np.random.default_rng(seed).standard_normal((len(CLASSES), rows.shape[1])))
    spread = np.sqrt(np.square(noise - noise.mean(0)).sum(1).mean())
    return noise + APART * spread * far[classes]
