"""What `tegum.fit` and its kin are given as `x`: arrays, files larger than memory, batches.

An array is (sample, input) or (source, sample, input); each source has dictionaries of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor

from tegum.data import arrays
from tegum.errors import TegumError
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import MINIBATCH, Draws

DIMS = ("source", "sample", "input")
EXPECTED = "give (sample, input) or (source, sample, input)"
BUFFER = 1 << 16
"""Samples of an iterable that are in memory, and mixed."""
HELD_OUT = 8192
"""Most samples that are kept from the fit, to choose dictionaries by."""
HELD_SHARE = 0.1
RESOLUTION = 2**24
"""Samples that one draw of 24 bits tells apart."""


class Samples:
    """Samples by number, in memory or in files: (source, sample, input).

    Args:
        parts: of each source, arrays or tensors (sample, input) that follow each other.
        name: of the argument, for messages.
        sources: labels of the sources, where the argument had such a dimension.
    """

    def __init__(
        self,
        parts: Sequence[Sequence[np.ndarray | Tensor]],
        name: str,
        sources: Sequence[Any] | None = None,
    ) -> None:
        self.name, self.sources, self._parts = name, sources, parts
        shapes = {tuple(part.shape) for of in parts for part in of}
        widths = {shape[1:] for shape in shapes}
        if any(len(shape) != 2 for shape in shapes) or len(widths) != 1 or not min(min(widths)):
            raise TegumError(f"{name} has shapes {_listed(shapes)}; {EXPECTED}, all of one input")
        self.n_inputs: int = min(widths)[0]
        self._ends = [np.cumsum([len(part) for part in of]) for of in parts]
        self.count = int(min(ends[-1] for ends in self._ends))
        if self.count < 2:
            raise TegumError(f"{name} has {self.count} samples; give at least 2")

    @property
    def n_sources(self) -> int:
        """How many sources there are."""
        return len(self._parts)

    def take(self, source: int, numbers: NDArray[np.int64]) -> Tensor:
        """Samples of a source by number, (sample, input) float32."""
        parts, ends = self._parts[source], self._ends[source]
        if len(parts) == 1:
            return _rows(parts[0], numbers)
        of = np.searchsorted(ends, numbers, side="right")
        first = np.concatenate([[0], ends[:-1]])
        found = torch.empty(len(numbers), self.n_inputs)
        for part in np.unique(of):
            at = np.flatnonzero(of == part)
            found[torch.from_numpy(at)] = _rows(parts[part], numbers[at] - first[part]).cpu()
        return found

    def spread(self, most: int, leave: NDArray[np.int64] | None = None) -> Tensor:
        """At most so many samples of each source, evenly spread: (source, sample, input).

        Args:
            most: how many.
            leave: numbers, ascending, of samples that are left out.
        """
        numbers = self.numbers(most, leave)
        found = self._taken(numbers)
        finite = found.isfinite().all(2).all(0).cpu().numpy()
        if not finite.all():
            number = numbers[np.flatnonzero(~finite)[0]]
            raise TegumError(f"{self.name} has values that are not finite, e.g. in sample {number}")
        return found

    def numbers(self, most: int, leave: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """The numbers of the samples of `spread`, ascending."""
        left = np.empty(0, np.int64) if leave is None else leave
        rest = self.count - len(left)
        return skipping(np.linspace(0, rest - 1, min(most, rest)).astype(np.int64), left)

    def held_out(self, seed: int) -> NDArray[np.int64]:
        """Numbers, ascending, of the samples that a fit leaves alone: a tenth, at most 8,192."""
        count = min(HELD_OUT, int(self.count * HELD_SHARE))
        chosen = np.random.default_rng(seed).choice(self.count, count, replace=False, shuffle=False)
        return np.sort(chosen)

    def at(self, numbers: NDArray[np.int64]) -> "Samples":
        """Some samples of each source, in memory."""
        return Samples([[part] for part in self._taken(numbers)], self.name, self.sources)

    def _taken(self, numbers: NDArray[np.int64]) -> Tensor:
        return torch.stack([self.take(source, numbers) for source in range(self.n_sources)])


class Batches:
    """Samples that come batch by batch, from an iterable whose whole never is in memory.

    The first samples of every pass are held out: a tenth of the buffer, at most 8,192.

    Args:
        iterable: of batches (sample, input); an iterator can be passed only once.
        name: of the argument, for messages.
        buffer: samples that are in memory, and mixed.
    """

    sources = None
    n_sources = 1

    def __init__(self, iterable: Iterable[Any], name: str, buffer: int) -> None:
        self.name, self._iterable, self._buffer = name, iterable, buffer
        self._rows: Iterator[Tensor] = self._tensors()
        self.first, self.all_read = self.following(buffer)
        self._fresh = True
        self._held = min(HELD_OUT, int(len(self.first) * HELD_SHARE))

    @property
    def n_inputs(self) -> int:
        """Dimensions of a sample."""
        return self.first.shape[1]

    def spread(self, most: int, leave: NDArray[np.int64] | None = None) -> Tensor:
        """Samples at the beginning, but for those held out where `leave` is given."""
        return self.first[0 if leave is None else self._held :][:most][None]

    def held_out(self, seed: int) -> NDArray[np.int64]:
        """Numbers of the samples that a fit leaves alone."""
        return np.arange(self._held)

    def at(self, numbers: NDArray[np.int64]) -> Samples:
        """Some of the first samples, in memory."""
        return Samples([[self.first[torch.from_numpy(numbers)]]], self.name)

    @property
    def once(self) -> bool:
        """Whether no second pass can be begun."""
        return iter(self._iterable) is self._iterable

    def begin(self) -> Tensor:
        """Begin a pass: the samples that fill the buffer, (sample, input)."""
        if not self._fresh:
            if self.once:
                raise TegumError(
                    f"{self.name} can be iterated only once, and more passes are needed: give a "
                    "list, a DataLoader or files; or one number of latents, and fewer steps"
                )
            self._rows = self._tensors()
            first, _ = self.following(self._buffer)
            return first[self._held :]
        self._fresh = False
        return self.first[self._held :].clone()

    def following(self, count: int) -> tuple[Tensor, bool]:
        """At least the next so many samples, (sample, input); whether these were the last."""
        found = []
        while count > 0:
            batch = next(self._rows, None)
            if batch is None:
                break
            found.append(batch)
            count -= len(batch)
        return torch.cat(found) if found else torch.empty(0, 0), count > 0

    def _tensors(self) -> Iterator[Tensor]:
        width = None
        for number, item in enumerate(self._iterable):
            only = item[0] if isinstance(item, list | tuple) and len(item) == 1 else item
            where = f"batch {number} of {self.name}"
            array = _plain(only, where)
            width = array.shape[-1:] if width is None else width
            if array.ndim != 2 or array.shape[1:] != width:
                raise TegumError(
                    f"{where} has shape {tuple(array.shape)}; give (sample, input), with as many "
                    "inputs in all"
                )
            rows = _rows(array, None)
            if not rows.isfinite().all():
                raise TegumError(f"{where} has values that are not finite")
            yield rows


def read(x: Any, name: str = "x") -> "Samples | Batches":
    """What the argument `name` holds.

    Args:
        x: an array of numpy, torch or xarray, also a mapped one; the path of an npy or safetensors
            file or of a folder of them, or a list of such paths, which are read row by row; or an
            iterable of batches (sample, input).
        name: for messages.

    Raises:
        TegumError: naming the argument, and what was expected of it.
    """
    if isinstance(x, Samples | Batches):
        return x
    if isinstance(x, str | Path) or _are_paths(x):
        return _sourced(arrays.shards(x), name)
    if isinstance(x, xr.DataArray):
        known = [dim for dim in DIMS if dim in x.dims]
        ordered = x.transpose(*known) if set(known) == set(x.dims) else x
        labels = ordered["source"].values.tolist() if "source" in ordered.coords else None
        return _sourced([_plain(ordered.values, name)], name, labels)
    if isinstance(x, np.ndarray | Tensor):
        return _sourced([_plain(x, name)], name)
    if isinstance(x, Iterable) and not isinstance(x, xr.Dataset | dict):
        batches = Batches(x, name, BUFFER)
        return Samples([[batches.first]], name) if batches.all_read else batches
    raise TegumError(
        f"{name} is a {type(x).__name__}; give an array of numpy, torch or xarray, a path, or an "
        "iterable of batches"
    )


class RowStream(Stream):
    """Minibatches of samples by number, drawn with replacement from those not held out.

    Args:
        samples: in memory or in files.
        held: numbers, ascending, that are never drawn.
        source: of each cell.
        seeds: one per cell; cells of equal seed draw equal numbers.
        batch: samples in a batch.
        device: where batches are made.
    """

    def __init__(
        self,
        samples: Samples,
        held: NDArray[np.int64],
        source: Sequence[int],
        seeds: Sequence[int],
        batch: int,
        device: str,
    ) -> None:
        self.n_cells = len(seeds)
        self._samples, self._held, self._device = samples, held, device
        self._each, self._batch = list(zip(source, seeds, strict=True)), batch
        self._draws = {seed: Draws(seed) for seed in seeds}

    def batch(self, step: int) -> tuple[Tensor, ...]:
        rest = self._samples.count - len(self._held)
        numbers = {}
        for seed, draws in self._draws.items():
            fine = draws.uniform((2, self._batch), MINIBATCH, step).astype(float)
            uniform = fine[0] + (fine[1] / RESOLUTION if rest > RESOLUTION else 0.0)
            numbers[seed] = skipping((uniform * rest).astype(np.int64), self._held)
        taken = {each: self._samples.take(each[0], numbers[each[1]]) for each in set(self._each)}
        return (torch.stack([taken[each] for each in self._each]).to(self._device),)

    def select(self, cell: int) -> Stream:
        ((source, seed),) = self._each[cell : cell + 1]
        return RowStream(self._samples, self._held, [source], [seed], self._batch, self._device)


class MixedStream(Stream):
    """Minibatches, the same for every cell, of samples that come one after another.

    As many as the buffer holds are mixed, and each is used once a pass. Steps follow each other.

    Args:
        batches: what comes.
        cells: of the ensemble.
        seed: of the mixing.
        batch: samples in a batch.
        device: where batches are made.
    """

    def __init__(self, batches: Batches, cells: int, seed: int, batch: int, device: str) -> None:
        self.n_cells = cells
        self._from, self._batch, self._device = batches, batch, device
        self._draw = np.random.default_rng(seed)
        self._pool, self._step, self._last = batches.begin(), -1, torch.empty(0)
        if batch > len(self._pool):
            raise TegumError(f"batch is {batch}; give at most the {len(self._pool)} that are mixed")
        self._new, self._size = torch.empty(0, batches.n_inputs), len(self._pool)

    def batch(self, step: int) -> tuple[Tensor, ...]:
        if step != self._step:
            self._step, self._last = step, self._next().to(self._device)[None]
        return (self._last.expand(self.n_cells, -1, -1),)

    def _next(self) -> Tensor:
        if self._size < self._batch:
            self._pool = self._from.begin()
            self._size = len(self._pool)
        chosen = self._draw.choice(self._size, self._batch, replace=False)
        found = self._pool[torch.from_numpy(chosen)]
        if len(self._new) < self._batch:
            more, _ = self._from.following(self._batch - len(self._new))
            self._new = torch.cat([self._new, more]) if len(more) else self._new
        new, self._new = self._new[: self._batch], self._new[self._batch :]
        self._pool[torch.from_numpy(chosen[: len(new)])] = new
        for place in sorted(chosen[len(new) :].tolist(), reverse=True):
            self._size -= 1
            self._pool[place] = self._pool[self._size]
        return found


def skipping(numbers: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers-th of the samples that are not `held` (ascending)."""
    return numbers + np.searchsorted(held - np.arange(len(held)), numbers, side="right")


def _are_paths(x: Any) -> bool:
    return isinstance(x, list | tuple) and bool(x) and all(isinstance(p, str | Path) for p in x)


def _sourced(
    parts: Sequence[np.ndarray | Tensor], name: str, labels: Sequence[Any] | None = None
) -> Samples:
    """Samples of arrays that follow each other; of a single one with sources, those."""
    if len(parts) == 1 and parts[0].ndim == 3:
        return Samples([[part] for part in parts[0]], name, labels or range(len(parts[0])))
    return Samples([parts], name)


def _plain(x: Any, name: str) -> np.ndarray | Tensor:
    """An array as numpy has it, but for one on another device than the CPU."""
    if isinstance(x, Tensor):
        tensor = x.detach()
        if not (tensor.is_floating_point() or tensor.dtype == torch.int64):
            raise TegumError(f"{name} has type {tensor.dtype}; give real numbers")
        return (
            tensor
            if tensor.device.type != "cpu" or tensor.dtype == torch.bfloat16
            else (tensor.numpy())
        )
    array = x if isinstance(x, np.ndarray) else np.asarray(x)
    if array.dtype.kind not in "fiu":
        raise TegumError(f"{name} has type {array.dtype}; give real numbers")
    return array.astype(np.float32) if array.dtype == np.uint16 else array


def _rows(part: np.ndarray | Tensor, numbers: NDArray[np.int64] | None) -> Tensor:
    if isinstance(part, Tensor):
        at = None if numbers is None else torch.from_numpy(numbers).to(part.device)
        return (part if at is None else part.index_select(0, at)).float()
    return torch.from_numpy(arrays.float32(part if numbers is None else part[numbers]))


def _listed(shapes: Iterable[tuple[int, ...]]) -> str:
    return ", ".join(map(str, sorted(shapes)))
