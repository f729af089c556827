"""Contrast pairs of any model's hidden states, read as those of the study `contrast_pairs`.

Arrays: `positive` and `negative` (sample, dimension), the hidden states of the members of each
pair that say yes and no; `labels` (sample,), 1 where yes is right; optionally `truth` (dimension,),
a known direction, and `distractor` (sample,), 1 where some other consistent feature says yes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tegum.errors import TegumError
from tegum.evidence.user_arrays import UserArrays

if TYPE_CHECKING:
    import xarray as xr

LEAST = 8
"""Fewest pairs of each class."""
COLUMNS = ("accuracy", "balanced_accuracy", "accuracy_otsu", "auroc", "cos_truth", "cos_logistic")


def readers(arrays: Mapping[str, np.ndarray], where: str, seed: int = 0) -> list[dict[str, Any]]:
    """One row per reader, fitted on one half of the pairs and measured on the other.

    Raises:
        TegumError: for arrays that are missing, of other shapes, or not finite.
    """
    data = analysed(arrays, where, seed)
    rows = []
    for reader in data["reader"].values.tolist():
        row: dict[str, Any] = {"reader": reader}
        at = data.sel(reader=reader, normalisation="train", control="none", cell=0)
        chance = data.sel(reader=reader, normalisation="train", control="shuffled", cell=0)
        for name in COLUMNS:
            threshold = "otsu" if name.endswith("_otsu") else "zero"
            found = at[name.removesuffix("_otsu")]
            row[name] = _number(found.sel(threshold=threshold) if found.ndim else found)
        row["accuracy_shuffled_labels"] = _number(chance["accuracy"].sel(threshold="zero"))
        rows.append(row)
    return rows


def analysed(arrays: Mapping[str, np.ndarray], where: str, seed: int = 0) -> "xr.Dataset":
    """All measures of `tegum.probes.readers`, with one cell.

    Raises:
        TegumError: as `readers`, and where what computes is not installed.
    """
    try:
        from tegum.probes.readers import Options, Split, analyse
    except ModuleNotFoundError as error:
        raise TegumError(f"{error.name} is not installed; run make .venv/full") from None
    from tegum.synthetic.pairs import Pairs

    check = UserArrays(arrays, where, ("positive", "negative", "labels"), 2 * LEAST)
    samples, dimensions = check.shape
    yes, no = (check.numbers(n, check.shape) for n in ("positive", "negative"))
    labels = check.flags("labels", (samples,))
    check.balanced(labels[:, None], ("labels",), LEAST)
    distractor = check.flags("distractor", (samples,)) if "distractor" in arrays else None
    pairs = Pairs(yes.astype(np.float32), no.astype(np.float32), labels, distractor)
    known = None
    if "truth" in arrays:
        known = np.stack([check.numbers("truth", (dimensions,)), np.full(dimensions, np.nan)])
    rng = np.random.default_rng(seed)
    half = np.zeros(len(labels), bool)
    for label in (False, True):
        members = rng.permutation(np.flatnonzero(labels == label))
        half[members[: len(members) // 2]] = True
    return analyse([Split(pairs[half], pairs[~half], seed, seed + 1, known)], Options())


def text(rows: list[dict[str, Any]]) -> str:
    """The rows as a table."""
    names = list(rows[0])
    width = {n: max(len(n), 6) for n in names} | {"reader": max(len(r["reader"]) for r in rows)}
    lines = ["  ".join(n.ljust(width[n]) for n in names)]
    for row in rows:
        cells = [row[n] if n == "reader" else _shown(row[n]) for n in names]
        lines.append("  ".join(c.ljust(width[n]) for c, n in zip(cells, names, strict=True)))
    return "\n".join(line.rstrip() for line in lines)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
