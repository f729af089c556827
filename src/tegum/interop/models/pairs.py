"""Hidden states of contrast pairs: a text, and two ways to go on by one token, which is read.

Of a causal model the text is read once, since the two members differ in their last token alone; its
zero-shot answer is the difference of the logits of the two tokens. A bidirectional one reads both
members. The states are written to the local cache, under a digest of what they are made from.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tegum.data import files, shards
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.interop.models import hooks, texts
from tegum.interop.models.continued import extended, memory_argument
from tegum.interop.models.loaded import Model
from tegum.interop.models.made_by import made_by

Array = NDArray[np.float32]
PART = 64
"""Pairs in a part: what a killed run loses at most."""
SIDES = ("positive", "negative")
MARGIN = "margin"


@dataclass(frozen=True)
class PairStates:
    """States of pairs in the local cache."""

    folder: Path
    digest: str
    """Of what they are made from: weights, texts, tokens, hook points."""
    computed: int
    """Tokens that this call computed."""

    def sides(self, hook: str) -> tuple[Array, Array]:
        """Positive and negative members (pair, width)."""
        one, other = (np.concatenate(shards.mapped(self.folder, f"{s}/{hook}")) for s in SIDES)
        return one, other

    @property
    def margin(self) -> Array:
        """(pair,): logit of the positive member's token minus the other's.

        NaN without a head, and where no hook point of the last block is asked for.
        """
        return np.concatenate(shards.mapped(self.folder, MARGIN))


def pair_states(
    model: Model, prefixes: Sequence[str], ends: tuple[str, str], layers: Sequence[str | int]
) -> PairStates:
    """States of the last token of `prefix + end`, at hook points.

    Args:
        prefixes: one text per pair.
        ends: how the positive and the negative member go on, by one token each.
        layers: as in `tegum.activations`.

    Raises:
        TegumError: for no pair, or an end of a causal model that is not one token.
    """
    if not prefixes:
        raise TegumError("no pair is given")
    table = hooks.chosen(model.net, layers)
    tokens = [model.tokenizer(e, add_special_tokens=False)["input_ids"] for e in ends]
    if model.causal and any(len(t) != 1 for t in tokens):
        raise TegumError(f"{model.name}: {ends} are not one token each, but {tokens}")
    recipe = {
        "model": model.name,
        "weights": model.digest,
        "note": model.note,
        "ends": list(ends),
        "texts": hashlib.sha256("\0".join(prefixes).encode()).hexdigest(),
        "pairs": len(prefixes),
        "hooks": list(table),
        "part": PART,
        "made_by": made_by(),
    }
    digest = hashlib.sha256(files.json_bytes(recipe)).hexdigest()
    folder = LOCAL / "activations" / f"pairs-{digest[:24]}"
    computed = 0

    def make(number: int) -> dict[str, np.ndarray]:
        nonlocal computed
        part = prefixes[number * PART : (number + 1) * PART]
        read = _causal if model.causal else _bidirectional
        found, count = read(model, part, ends, table)
        computed += count
        return found

    shards.Shards(folder, recipe).fill(-(-len(prefixes) // PART), make)
    return PairStates(folder, digest, computed)


def _causal(
    model: Model, prefixes: Sequence[str], ends: tuple[str, str], table: dict[str, hooks.Point]
) -> tuple[dict[str, np.ndarray], int]:
    """Both members after one reading of each text; texts of equal length together.

    Blocks behind the deepest hook point are not run, but for the margin where it is in the last.
    """
    from transformers import DynamicCache  # pyright: ignore[reportMissingImports]

    rows = [model.tokenizer(p)["input_ids"] for p in prefixes]
    last = [model.tokenizer(e, add_special_tokens=False)["input_ids"][0] for e in ends]
    found = {f"{side}/{name}": _empty(len(rows)) for name in table for side in SIDES}
    margin = np.full(len(rows), np.nan, np.float32)
    whole = hooks.block_of(list(table)[-1]) + 1 == len(hooks.blocks(model.net))
    argument = memory_argument(model)
    for places in _equal(map(len, rows)):
        memory = DynamicCache(config=model.config)

        def said(ids: Any, memory: Any) -> Any:
            return model.net(input_ids=ids, use_cache=True, logits_to_keep=1, **{argument: memory})

        ids = torch.tensor([rows[i] for i in places])
        if whole:
            with torch.no_grad():
                logits = said(ids, memory).logits[:, -1, last].float()
            margin[places] = (logits[:, 0] - logits[:, 1]).numpy()
        else:
            hooks.captured(table, partial(said, ids, memory), lambda value: value)
        both = torch.tensor(last).repeat(len(places))[:, None]
        read = partial(said, both, extended(memory, len(SIDES)))
        for name, value in hooks.captured(table, read, lambda v: v[:, -1].clone()).items():
            for number, side in enumerate(SIDES):
                _put(found[f"{side}/{name}"], places, value[number :: len(SIDES)])
    count = sum(map(len, rows)) + 2 * len(rows)
    return {n: np.stack(v) for n, v in found.items()} | {MARGIN: margin}, count


def _bidirectional(
    model: Model, prefixes: Sequence[str], ends: tuple[str, str], table: dict[str, hooks.Point]
) -> tuple[dict[str, np.ndarray], int]:
    """Each member read whole."""
    found = {f"{side}/{name}": _empty(len(prefixes)) for name in table for side in SIDES}
    count = 0
    for side, end in zip(SIDES, ends, strict=True):
        chosen = texts.separate(model, [p + end for p in prefixes], model.longest, last=True)
        count += int(chosen.mask.sum())
        for places in _equal(chosen.mask.sum(1)):
            width = int(chosen.mask[places[0]].sum())
            ids = chosen.ids[places][:, :width]
            at = torch.from_numpy(chosen.kept[places][:, :width])
            seen = hooks.captured(
                table, lambda ids=ids: model.forward(ids), lambda value, at=at: value[at].clone()
            )
            for name, value in seen.items():
                _put(found[f"{side}/{name}"], places, value)
    margin = np.full(len(prefixes), np.nan, np.float32)
    return {n: np.stack(v) for n, v in found.items()} | {MARGIN: margin}, count


def _empty(count: int) -> list[Any]:
    return [None] * count


def _put(rows: list[Any], places: Sequence[int], values: torch.Tensor) -> None:
    for place, value in zip(places, values.float().cpu().numpy(), strict=True):
        rows[place] = value


def _equal(lengths: Iterable[int]) -> list[list[int]]:
    """Numbers of equal length together."""
    groups: dict[int, list[int]] = {}
    for i, length in enumerate(lengths):
        groups.setdefault(int(length), []).append(i)
    return list(groups.values())
