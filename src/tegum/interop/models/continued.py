"""What a causal model says after one more token, whose activation may be changed at a hook point.

All that stands before that token is read once and kept in the model's memory, and so is what comes
before the hook point: a change costs one position of the blocks behind it.
"""

import copy
import inspect
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.errors import TegumError
from tegum.interop.models import hooks
from tegum.interop.models.loaded import Model, check_ids

Array = NDArray[np.float32]
TOGETHER = 64
"""Sequences that are read together, and changed ones; their memory is kept."""


def memory_argument(model: Model) -> str:
    """What the argument is called that takes what was read before: newer versions rename it."""
    taken = inspect.signature(model.net.forward).parameters
    return "cache" if "cache" in taken else "past_key_values"


def extended(memory: Any, times: int = 1) -> Any:
    """A memory that may grow, of each sequence `times` times in a row; the given one stays.

    What was read is shared where reading on makes new tensors of it, and copied elsewhere.
    """
    from transformers.cache_utils import DynamicLayer  # pyright: ignore[reportMissingImports]

    found = copy.copy(memory)
    found.layers = [
        copy.copy(layer) if type(layer) is DynamicLayer else copy.deepcopy(layer)
        for layer in memory.layers
    ]
    if times > 1:
        found.batch_repeat_interleave(times)
    return found


class Continued:
    """Sequences of equal length, read up to their last token.

    Blocks before that of the hook point say the same whatever is changed there: they run once.

    Args:
        model: a causal one, with a head.
        ids: (sequence, position).
        hook: where the activation of the last token is seen and changed.

    Raises:
        TegumError: for a model that is not causal, sequences of one token, or an unknown hook.
    """

    def __init__(self, model: Model, ids: NDArray, hook: str | int) -> None:
        check_ids(ids, model)
        if not model.causal or ids.shape[1] < 2:
            raise TegumError(
                f"{model.name}: give a causal model, and sequences of 2 tokens or more"
            )
        self._model, self._ids = model, np.asarray(ids, np.int64)
        hooks.chosen(model.net, [hook])  # what is wrong is said before anything is read
        self._memories = [self._read(part) for part in self._parts()]
        self._look(hook)

    def at(self, hook: str | int) -> "Continued":
        """The same sequences, seen and changed at another hook point; they are not read again."""
        found = copy.copy(self)
        found._look(hook)
        return found

    def activations(self) -> Array:
        """Those of the last tokens at the hook point: (sequence, width)."""
        found: list[Tensor] = []

        def see(name: str, value: Tensor) -> None:
            found.append(value[:, -1].clone())

        with hooks.visited(self._table, see):
            self._said()
        return torch.cat(found).float().cpu().numpy()

    def logits(self, change: NDArray | None = None) -> Array:
        """Logits after the last tokens: (..., sequence, token).

        Args:
            change: what is added to the activations, (..., sequence, width): each of the leading
                axes is another change of all sequences. By default nothing is added.
        """
        if change is None:
            return self._said()[0]
        every = np.asarray(change, np.float32)
        flat = every.reshape(-1, *every.shape[-2:])
        times = max(1, TOGETHER // len(self._ids))
        found = [self._said(flat[i : i + times]) for i in range(0, len(flat), times)]
        return np.concatenate(found).reshape(*every.shape[:-1], -1)

    def _look(self, hook: str | int) -> None:
        self._table = hooks.chosen(self._model.net, [hook])
        number = hooks.block_of(next(iter(self._table)))
        self._before = hooks.blocks(self._model.net)[:number]
        self._given = list(map(self._entering, self._parts(), self._memories))

    def _said(self, change: Array | None = None) -> Array:
        """(change, sequence, token), of changes (change, sequence, width)."""
        times, found = 1 if change is None else len(change), []
        for part, memory, given in zip(self._parts(), self._memories, self._given, strict=True):
            added = nullcontext() if change is None else self._added(change[:, part])
            with hooks.giving(self._before, _repeated(given, times)), added:
                said = self._last(part, memory, times).float().cpu().numpy()
            found.append(said.reshape(-1, times, said.shape[1]).swapaxes(0, 1))
        return np.concatenate(found, axis=1)

    def _added(self, change: Array) -> AbstractContextManager[None]:
        rows = torch.from_numpy(change).swapaxes(0, 1).flatten(0, 1)

        def add(name: str, value: Tensor) -> Tensor:
            moved = value.clone()
            moved[:, -1] += rows.to(value)
            return moved

        return hooks.visited(self._table, add)

    def _entering(self, part: slice, memory: Any) -> Any:
        """What the block before that of the hook point gives; None where there is none."""
        found: list[Any] = []
        if self._before:
            hook = self._before[-1].register_forward_hook(lambda *args: found.append(args[-1]))
            try:
                self._last(part, memory)
            finally:
                hook.remove()
        return found[0] if found else None

    @torch.no_grad()
    def _last(self, part: slice, memory: Any, times: int = 1) -> Tensor:
        last = torch.from_numpy(self._ids[part, -1:]).repeat_interleave(times, 0).to(self._device)
        given = {memory_argument(self._model): extended(memory, times)}
        seen: Any = self._model.net(input_ids=last, **given)
        return seen.logits[:, -1]

    @torch.no_grad()
    def _read(self, part: slice) -> Any:
        before = torch.from_numpy(self._ids[part, :-1]).to(self._device)
        seen: Any = self._model.net(input_ids=before, use_cache=True, logits_to_keep=1)
        return seen.past_key_values

    @property
    def _device(self) -> torch.device:
        return next(self._model.net.parameters()).device

    def _parts(self) -> Iterator[slice]:
        for first in range(0, len(self._ids), TOGETHER):
            yield slice(first, first + TOGETHER)


def _repeated(output: Any, times: int) -> Any:
    """What a block gives, of each sequence `times` times in a row."""
    if isinstance(output, tuple):
        return (_repeated(output[0], times), *output[1:])
    return output if output is None else output.repeat_interleave(times, 0)
