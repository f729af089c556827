"""Maps of rows in a plane, and how clustered they look.

UMAP (McInnes, Healy and Melville 2018) shows clusters of Gaussian rows as well: a number of a map
has to be seen beside that of a map of rows without clusters.
"""

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

Array = NDArray[np.floating]


def pca_plane(rows: ArrayLike) -> Array:
    """The two largest principal components, (row, axis).

    Of the whole decomposition: left alone, scikit-learn draws one for larger matrices.
    """
    return PCA(2, svd_solver="full").fit_transform(np.asarray(rows, float))


def umap_plane(rows: ArrayLike, neighbours: int, epochs: int, seed: int) -> Array:
    """UMAP of the directions of centred rows (cosine distance), (row, axis).

    On one thread: the same rows and seed give the same map on one machine.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that Tensorflow is missing
        from umap.umap_ import UMAP
    x = np.asarray(rows, np.float32)
    made = UMAP(
        n_neighbors=neighbours, n_epochs=epochs, metric="cosine", random_state=seed, n_jobs=1
    )
    return np.asarray(made.fit_transform(x - x.mean(0)), float)


def neighbours_of_class(points: ArrayLike, classes: ArrayLike, count: int) -> float:
    """Share of the `count` nearest points (row, axis) of each that have its class (row,)."""
    kinds = np.asarray(classes)
    search = NearestNeighbors(n_neighbors=count).fit(np.asarray(points, float))
    near = search.kneighbors(return_distance=False)
    return float((kinds[near] == kinds[:, None]).mean())


def silhouette(points: ArrayLike, clusters: int, seed: int) -> float:
    """Mean silhouette of the clusters that k-means finds in points (row, axis); 1 at most."""
    x = np.asarray(points, float)
    options: Any = {"n_init": 3, "random_state": seed}
    found = KMeans(clusters, **options).fit_predict(x)
    return float(silhouette_score(x, found))
