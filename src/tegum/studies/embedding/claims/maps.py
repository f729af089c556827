"""Findings on maps of the embedding, beside those of matrices whose clusters are known."""

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import finding
from tegum.studies.embedding.claims.sources import CLUSTERED, CONVERGED, NEARLY, OWN, THREAD
from tegum.studies.embedding.selection import tested

UMAP = "McInnes et al. 2018 for the map; Mendel (comments)"


def _of(ds: xr.Dataset, name: str, matrix: str, plane: str = "umap") -> xr.DataArray:
    return at(tested(ds)[name], matrix=matrix, plane=plane)


@finding(
    "maps",
    "On a UMAP of the trained embedding neighbours are of one class (digits, words, parts of "
    "words, white space, signs) more often than on that of a Gaussian of equal covariance.",
    THREAD,
    converged=CONVERGED,
)
def umap_classes(ds: xr.Dataset) -> Claim:
    chance = _of(ds, "class_share", "gaussian")
    return above(
        CLUSTERED,
        _of(ds, "class_share", "embedding") - chance,
        control=("every dimension permuted", _of(ds, "class_share", "permuted") - chance),
        because="share of a token's neighbours on the map that are of its class minus that on the "
        f"Gaussian's, {float(chance.mean()):.3f}; with planted classes "
        f"{float(_of(ds, 'class_share', 'clusters').mean()):.3f}",
    )


@finding(
    "maps",
    "UMAP keeps more of the classes in a plane than the two largest principal components do.",
    OWN,
    converged=CONVERGED,
)
def umap_beyond_pca(ds: xr.Dataset) -> Claim:
    def lead(matrix: str) -> xr.DataArray:
        return _of(ds, "class_share", matrix) - _of(ds, "class_share", matrix, "pca")

    return above(
        0.0,
        lead("embedding"),
        control=("Gaussian of equal covariance", lead("gaussian")),
        because="share of a token's neighbours in the plane that are of its class, UMAP minus "
        f"principal components ({float(_of(ds, 'class_share', 'embedding', 'pca').mean()):.3f})",
    )


@finding(
    "maps",
    "Clusters on a UMAP say little: a Gaussian of equal covariance looks about as clustered.",
    UMAP,
    converged=CONVERGED,
    no_effect=True,
)
def umap_clusters(ds: xr.Dataset) -> Claim:
    base = _of(ds, "silhouette", "gaussian")

    def far(matrix: str) -> xr.DataArray:
        return xr.ufuncs.absolute(_of(ds, "silhouette", matrix) / base - 1.0)

    return below(
        NEARLY,
        far("embedding"),
        control=("planted clusters", far("clusters")),
        because="distance from 1 of the silhouette of five k-means clusters on the embedding's map "
        f"({float(_of(ds, 'silhouette', 'embedding').mean()):.3f}) over that on the Gaussian's "
        f"({float(base.mean()):.3f}); of the Gaussian's principal components "
        f"{float(_of(ds, 'silhouette', 'gaussian', 'pca').mean()):.3f}",
    )
