"""One half of the pairs is fitted, the other measured; and what CCS would make of the truth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from tegum.errors import TegumError
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.metrics import contrast as metric
from tegum.models.contrast import LinearProbe
from tegum.probes.readers import Options, Split, analyse, logistic
from tegum.studies.real_contrast.params import Fit
from tegum.studies.real_contrast.schema import OWN, READ, SCHEMAS
from tegum.synthetic.pairs import Pairs
from tegum.training.contrast import Search, losses_and_scores, new_probes, train_probes
from tegum.training.plan import padded

Array = NDArray[np.floating]
GAIN = 3.0
"""Root mean square of the logits of a probe that starts at the supervised direction: sure, but not
beyond what it could unlearn."""


def options(section: Fit) -> Options:
    """How pairs are read: members have mean 0 and variance 1 in every dimension (Burns et al.)."""
    search = Search(
        tries=section.tries,
        steps=section.probe_steps,
        learning_rate=section.probe_learning_rate,
        weight_decay=section.probe_weight_decay,
    )
    return Options(search, divide_by_std=True)


def halves(
    labels: NDArray[np.bool_], size: int, probability: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the pairs to fit on and of those to measure on, `size` each.

    Of each half a share `probability` has yes. Equal seeds halve equally, and take the first ones
    of one order, whatever the share.

    Raises:
        TegumError: where there are too few pairs of a kind.
    """
    rng = np.random.default_rng(seed)
    yes = round(size * probability)
    parts: tuple[list[Any], list[Any]] = ([], [])
    for label, count in ((True, yes), (False, size - yes)):
        order = rng.permutation(np.flatnonzero(labels == label))
        middle = len(order) // 2
        if count > middle:
            raise TegumError(
                f"n_fit {size} at pi = {probability:g} asks for {count} pairs of a kind, half of "
                f"those that there are is {middle}; give a larger n_pairs or a smaller n_fit"
            )
        for part, half in zip(parts, (order[:middle], order[middle:]), strict=True):
            part.append(half[:count])
    one, other = (np.sort(np.concatenate(p)) for p in parts)
    return one, other


def read(
    cells: Sequence[Cell[Section]],
    sections: Sequence[Fit],
    generated: xr.Dataset,
    sides: Sequence[tuple[Array, Array]],
) -> xr.Dataset:
    """Rows (cell, ...) of `SCHEMAS["fit"]`.

    Args:
        generated: rows of `generate`, aligned with the cells.
        sides: of each cell positive and negative members (pair, width).
    """
    splits, margins = [], []
    for i, (cell, section) in enumerate(zip(cells, sections, strict=True)):
        one = generated.isel(cell=i)
        labels, said = one["label"].values > 0, one["distractor"].values
        pairs = Pairs(*sides[i], labels, said > 0 if (said >= 0).all() else None)
        train, test = halves(labels, section.n_fit, section.truth_probability, cell.stream("data"))
        splits.append(Split(pairs[train], pairs[test], cell.stream("init"), cell.stream("control")))
        margins.append((one["margin"].values[train], one["margin"].values[test]))
    chosen = options(sections[0])
    found = analyse(splits, chosen)[list(READ)].sel(normalisation="train", drop=True)
    own = [_own(s, m) for s, m in zip(splits, margins, strict=True)]
    for one, (loss, reached) in zip(own, _from_truth(splits, chosen.search), strict=True):
        one |= {"loss_from_truth": loss, "accuracy_from_truth": reached}
    more = SCHEMAS["fit"].dataset({name: [o[name] for o in own] for name in OWN})
    return found.merge(more).drop_dims(("bin", "label", "normalisation"), errors="ignore")


def nothing(count: int, section: Fit) -> xr.Dataset:
    """Rows of cells without states: all NaN, and `available` 0."""
    rng = np.random.default_rng(0)
    sides = [rng.standard_normal((8, 2)).astype(np.float32) for _ in range(2)]
    pairs = Pairs(sides[0], sides[1], np.arange(8) % 2 == 0)
    search = Search(tries=section.tries, steps=1)
    found = analyse([Split(pairs, pairs, 0, 0)] * count, Options(search))
    kept = found[list(READ)].sel(normalisation="train", drop=True) * np.nan
    kept = kept.map(lambda v: v.assign_attrs(found[v.name].attrs), keep_attrs=True)
    more = SCHEMAS["fit"].dataset({name: np.full(count, np.nan) for name in OWN})
    more["available"][:] = 0.0
    return kept.astype(np.float32).merge(more).drop_dims(("bin", "label"), errors="ignore")


def _normalised(split: Split) -> list[list[Array]]:
    """Both members of the pairs to fit on and of those to measure on."""
    names = ("positive", "negative")
    return [
        [metric.normalise(getattr(p, n), getattr(split.train, n), True) for n in names]
        for p in (split.train, split.test)
    ]


def _direction(split: Split, sides: list[list[Array]]) -> Array:
    """The supervised direction, of length 1; 0 where the members are equal."""
    weights, _ = logistic((sides[0][0] - sides[0][1]).astype(float), split.train.labels)
    return weights / (float(np.linalg.norm(weights)) or 1.0)


def _own(split: Split, margins: tuple[Array, Array]) -> dict[str, float]:
    sides = _normalised(split)
    differences = sides[0][0] - sides[0][1]
    variance = float((differences**2).sum()) or np.nan
    along = differences @ _direction(split, sides)
    top = np.linalg.svd(differences, compute_uv=False)[0]
    known = np.isfinite(margins[0]).all()
    cuts = 0.0, float(np.median(margins[0]))
    shots = [float(((margins[1] > cut) == split.test.labels).mean()) for cut in cuts]
    return {
        "available": 1.0,
        "zero_shot": shots[0] if known else np.nan,
        "zero_shot_calibrated": shots[1] if known else np.nan,
        "top_variance": float(top**2) / variance,
        "truth_variance": float((along**2).sum()) / variance,
    }


def _from_truth(splits: Sequence[Split], search: Search) -> list[tuple[float, float]]:
    """CCS loss and test accuracy of probes that started at the supervised direction."""
    one = replace(search, tries=1)
    pad = padded(range(len(splits)))
    sides = [_normalised(s) for s in splits]
    train, test = (
        [torch.from_numpy(np.stack([s[part][m] for s in sides])) for m in (0, 1)] for part in (0, 1)
    )
    probes = new_probes(one, train[0].shape[2], [splits[i].seed for i in pad])
    assert isinstance(probes, LinearProbe)
    with torch.no_grad():
        probes.bias.zero_()
        for place, i in enumerate(pad):
            direction = _direction(splits[i], sides[i])
            logits = [member @ direction for member in sides[i][0]]
            spread = float(np.sqrt(np.mean(np.square(logits)))) or 1.0
            probes.weight[place, :, 0] = torch.from_numpy(direction * GAIN / spread)
    train_probes(probes, train[0][pad], train[1][pad], one, keep=len(splits))
    found = []
    for i, split in enumerate(splits):
        own, other = (tuple(member[i] for member in part) for part in (train, test))
        losses, (_, scores) = losses_and_scores(probes, i, own, [other])
        said = scores[:, 0].numpy() > 0
        found.append((float(losses[0]), float((said == split.test.labels).mean())))
    return found
