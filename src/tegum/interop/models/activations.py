"""Activations of a model of others, written in parts as they are computed, and read by mapping."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.data import files, shards
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.interop.models import hooks, texts
from tegum.interop.models.loaded import DTYPES, Model, load_model
from tegum.interop.models.made_by import made_by

PART_BYTES = 2**26
"""Bytes of a part, over all hook points; one part and one batch are in memory."""
STORED = ("float32", "float16")
LISTS = {"token": np.int32, "position": np.int32, "sequence": np.int32}


@dataclass(frozen=True)
class Activations:
    """Activations in a folder, one row per kept token.

    `tegum.fit(found.path(hook))` reads them from there.
    """

    folder: Path
    tokens_per_second: float | None = None
    """Tokens that this call computed per second, padding not counted; None where it computed none.
    """

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """What the numbers are made from: model, its digest and note, tokens, hook points, code."""
        return shards.read_index(self.folder)["recipe"]

    @property
    def hooks(self) -> list[str]:
        """Names of the hook points."""
        return list(self.recipe["hooks"])

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.recipe["kept"])

    def path(self, hook: str) -> Path:
        """The folder of one hook point's safetensors files."""
        self.shards(hook)
        return self.folder / hook

    def shards(self, hook: str) -> list[np.ndarray]:
        """Maps (row, width), one after another, of one hook point; nothing is read yet."""
        return shards.mapped(self.folder, hook)

    def array(self, hook: str) -> NDArray[np.floating]:
        """All rows (row, width) of one hook point, in memory."""
        return np.concatenate(self.shards(hook))

    def list(self, name: str) -> NDArray[np.int32]:
        """`token`, `position` or `sequence` of each row."""
        if name not in LISTS:
            raise TegumError(f"list {name!r}: expected one of {', '.join(LISTS)}")
        return shards.whole(self.folder, name)


@dataclass(frozen=True)
class StandIn:
    """A model that is read in place of another one of its architecture."""

    made_from: Mapping[str, Any]
    """What it is made from besides the other model; part of the recipe."""
    make: Callable[[], Model]
    """Called where something has to be computed, and not where all is there already."""


def open_activations(folder: str | Path) -> Activations:
    """Activations that were written; needs no `transformers`.

    Raises:
        TegumError: where the folder holds none, or not all.
    """
    shards.read_index(folder)
    return Activations(Path(folder))


def activations(
    model: Any,
    text: Any,
    layers: Sequence[str | int],
    *,
    out: str | Path | None = None,
    context: int = 128,
    skip: int = 1,
    tokens: int | None = None,
    batch: int = 8,
    dtype: str = "float32",
    device: str = "cpu",
    store: str = "float32",
) -> Activations:
    """Write the activations of a text at hook points; what is there already is not made again.

    Args:
        model: a name (`smollm2-135m-instruct`, `all-minilm-l6-v2`, a folder, a GGUF file,
            OWNER/NAME on a hub), what `tegum.load_model` gives, or a network of `transformers` and
            its tokenizer.
        text: one text or several, which are joined and cut into contexts; the path of a text file
            (a `pathlib.Path`); or token ids (sequence, position).
        layers: hook points by TransformerLens's names, e.g. `blocks.7.hook_resid_post`; 7 stands
            for that. The model is run no further than the deepest.
        out: the folder; by default one in `.tegum/activations`, named by what decides the numbers.
        context: tokens in a sequence.
        skip: first tokens of each sequence that are not kept.
        tokens: how many are kept at most; by default all.
        batch: sequences in a batch.
        dtype: in which the model computes.
        device: cpu or cuda.
        store: float32, or float16, which halves the files.

    Raises:
        TegumError: for what cannot be found, read or computed; nothing is then written.
    """
    if store not in STORED:
        raise TegumError(f"store {store!r}: expected one of {', '.join(STORED)}")
    if batch < 1 or (tokens is not None and tokens < 1):
        raise TegumError("batch and tokens: give 1 or more")
    if dtype not in DTYPES:
        raise TegumError(f"dtype {dtype!r}: expected one of {', '.join(DTYPES)}")
    read = _texts(text)
    loaded = load_model(model, dtype=dtype, device=device)
    hooks.chosen(loaded.net, layers)
    if isinstance(read, np.ndarray):
        chosen = texts.given(loaded, read, skip)
    else:
        chosen = texts.stream(loaded, read, context, skip)
    if tokens is not None:
        chosen = _first(chosen, tokens)
    return written(loaded, chosen, layers, out=out, batch=batch, store=store)


def written(
    model: Model,
    chosen: texts.Tokens,
    layers: Sequence[str | int],
    *,
    out: str | Path | None = None,
    batch: int = 8,
    store: str = "float32",
    stand_in: StandIn | None = None,
) -> Activations:
    """`activations` of tokens that are chosen already (`texts.stream`, `texts.separate`).

    Args:
        stand_in: what is read in place of the model.
    """
    table = hooks.chosen(model.net, layers)
    widths = _widths(model, list(table))
    each = max(1, chosen.count // len(chosen.ids)) * sum(widths.values())
    per_part = max(batch, PART_BYTES // (np.dtype(store).itemsize * max(each, 1)))
    parts = -(-len(chosen.ids) // per_part)
    recipe = {
        "model": model.name,
        "weights": model.digest,
        "note": model.note,
        "dtype": str(next(model.net.parameters()).dtype).removeprefix("torch."),
        "stored": store,
        "hooks": widths,
        "tokens": _digest(chosen),
        "sequences": len(chosen.ids),
        "kept": chosen.count,
        "batch": batch,
        "sequences_per_part": per_part,
        "made_by": made_by(),
    }
    if stand_in is not None:
        recipe["stand_in"] = dict(stand_in.made_from)
    folder = Path(out) if out is not None else LOCAL / "activations" / _name(recipe)
    there = shards.Shards(folder, recipe)
    seconds, computed = 0.0, 0

    def make(number: int) -> dict[str, np.ndarray]:
        nonlocal seconds, computed
        rows = range(number * per_part, min((number + 1) * per_part, len(chosen.ids)))
        read = model if stand_in is None else stand_in.make()
        started = time.perf_counter()
        found = _part(read, chosen, rows, list(table), batch, store)
        seconds += time.perf_counter() - started
        computed += int(chosen.mask[rows.start : rows.stop].sum())
        return found

    there.fill(parts, make)
    return Activations(folder, computed / seconds if computed else None)


def _part(
    model: Model, chosen: texts.Tokens, rows: range, names: Sequence[str], batch: int, store: str
) -> dict[str, np.ndarray]:
    """Kept rows of some sequences at each hook point, and their lists."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for first in range(rows.start, rows.stop, batch):
        at = slice(first, min(first + batch, rows.stop))
        width = int(chosen.mask[at].sum(1).max())
        ids, mask, kept = (part[at, :width] for part in (chosen.ids, chosen.mask, chosen.kept))
        seen = model.capture(ids, names, mask)
        for name, value in seen.items():
            found[name].append(value.float().cpu().numpy()[kept])
    at = slice(rows.start, rows.stop)
    sequence, position = np.nonzero(chosen.kept[at])
    lists = {
        "token": chosen.ids[at][chosen.kept[at]],
        "position": position,
        "sequence": sequence + rows.start,
    }
    arrays = {name: np.concatenate(parts) for name, parts in found.items()}
    for name, array in arrays.items():
        if not np.isfinite(array.astype(store)).all():
            raise TegumError(
                f"{model.name}: {name} has values that are not finite in {store}; give another "
                "dtype or store"
            )
    stored = {name: array.astype(store) for name, array in arrays.items()}
    return stored | {name: lists[name].astype(kind) for name, kind in LISTS.items()}


def _widths(model: Model, names: Sequence[str]) -> dict[str, int]:
    """Width of each hook point, by a pass over one token."""
    one = model.capture(np.zeros((1, 1), np.int64), names)
    return {name: int(one[name].shape[-1]) for name in names}


def _texts(text: Any) -> list[str] | np.ndarray:
    if isinstance(text, Path):
        read = [files.read_text(text)]
    elif isinstance(text, str):
        read = [text]
    elif isinstance(text, np.ndarray):
        return text
    else:
        read = list(text)
        if not all(isinstance(t, str) for t in read):
            raise TegumError("text: give a text, several, a path, or an array of token ids")
    if not any(t.strip() for t in read):
        raise TegumError(f"{text if isinstance(text, Path) else 'text'}: empty")
    return read


def _first(chosen: texts.Tokens, tokens: int) -> texts.Tokens:
    """The sequences that hold the first `tokens` kept ones, of which no more are kept."""
    kept = chosen.kept & (chosen.kept.cumsum().reshape(chosen.kept.shape) <= tokens)
    count = int(np.flatnonzero(kept.any(axis=1))[-1]) + 1
    return texts.Tokens(chosen.ids[:count], chosen.mask[:count], kept[:count])


def _digest(chosen: texts.Tokens) -> str:
    found = hashlib.sha256()
    for part in (chosen.ids.astype("<i4"), chosen.mask, chosen.kept):
        found.update(str(part.shape).encode() + np.packbits(part).tobytes() * (part.dtype == bool))
        found.update(part.tobytes() * (part.dtype != bool))
    return found.hexdigest()


def _name(recipe: dict[str, Any]) -> str:
    return hashlib.sha256(files.json_bytes(recipe)).hexdigest()[:24]
