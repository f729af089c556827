"""Contrast pairs of any model's hidden states, read as those of the study `contrast_pairs`.

Arrays: `positive` and `negative` (sample, input), the hidden states of the members of each pair
that say yes and no; `labels` (sample,), 1 where yes is right; optionally `truth` (input,), a known
direction, and `distractor` (sample,), 1 where some other consistent feature says yes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tegum.errors import TegumError

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
    """All measures of `tegum.metrics.contrast_readers`, with one cell.

    Raises:
        TegumError: as `readers`, and where what computes is not installed.
    """
    try:
        from tegum.metrics.contrast_readers import Options, Split, analyse
    except ModuleNotFoundError as error:
        raise TegumError(f"{error.name} is not installed; run make .venv/full") from None
    from tegum.synthetic.pairs import Pairs

    checked = _checked(arrays, where)
    labels = checked["labels"].astype(bool)
    rng = np.random.default_rng(seed)
    half = np.zeros(len(labels), bool)
    for label in (False, True):
        members = rng.permutation(np.flatnonzero(labels == label))
        half[members[: len(members) // 2]] = True
    distractor = checked["distractor"].astype(bool) if "distractor" in checked else None
    sides = checked["positive"].astype(np.float32), checked["negative"].astype(np.float32)
    pairs = Pairs(*sides, labels, distractor)
    known = None
    if "truth" in checked:
        known = np.stack([checked["truth"], np.full(sides[0].shape[1], np.nan)])
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


def _checked(arrays: Mapping[str, np.ndarray], where: str) -> dict[str, np.ndarray]:
    missing = [n for n in ("positive", "negative", "labels") if n not in arrays]
    if missing:
        found = ", ".join(arrays) or "nothing"
        raise TegumError(
            f"{where}: no array {missing[0]!r} in it, found {found}; give positive and negative "
            "(sample, input) and labels (sample,)"
        )
    checked = {n: np.asarray(a) for n, a in arrays.items()}
    shape = checked["positive"].shape
    if len(shape) != 2:
        raise TegumError(f"{where}: positive has shape {shape}; give (sample, input)")
    want = {"negative": shape, "labels": shape[:1], "distractor": shape[:1], "truth": shape[1:]}
    for name, expected in want.items():
        if name in checked and checked[name].shape != expected:
            raise TegumError(
                f"{where}: {name} has shape {checked[name].shape}, expected {expected} as positive "
                f"has {shape}"
            )
    for name in ("positive", "negative", "truth"):
        if name in checked and not np.isfinite(checked[name].astype(float)).all():
            raise TegumError(
                f"{where}: {name} has values that are not finite; leave those pairs out"
            )
    for name in ("labels", "distractor"):
        if name in checked and not np.isin(checked[name], (0, 1)).all():
            raise TegumError(f"{where}: {name} has values other than 0 and 1; give 1 for yes")
    counts = np.bincount(checked["labels"].astype(int), minlength=2)
    if counts.min() < LEAST:
        raise TegumError(
            f"{where}: {counts[1]} pairs are true and {counts[0]} false; give {LEAST} of each"
        )
    return checked
