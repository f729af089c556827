"""What a causal model says after one more token, whose activation may be changed at a hook point.

All that stands before that token is read once and kept in the model's memory, and so is what comes
before the hook point: a change costs one position of the blocks behind it.
"""

import copy
import inspect
from collections.abc import Iterator
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
"""Sequences that are read together; their memory is kept."""


def memory_argument(model: Model) -> str:
    """What the argument is called that takes what was read before: newer versions rename it."""
    taken = inspect.signature(model.net.forward).parameters
    return "cache" if "cache" in taken else "past_key_values"


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
        self._table = hooks.chosen(model.net, [hook])
        self._before = hooks.blocks(model.net)[: hooks.block_of(next(iter(self._table)))]
        self._memories = [self._read(part) for part in self._parts()]
        self._given = list(map(self._entering, self._parts(), self._memories))

    def activations(self) -> Array:
        """Those of the last tokens at the hook point: (sequence, width)."""
        found: list[Tensor] = []

        def see(name: str, value: Tensor) -> None:
            found.append(value[:, -1].clone())

        with hooks.visited(self._table, see):
            self._said()
        return torch.cat(found).float().cpu().numpy()

    def logits(self, change: Array | None = None) -> Array:
        """Logits after the last tokens: (sequence, token).

        Args:
            change: what is added to the activations, (sequence, width); by default nothing.
        """
        if change is None:
            return self._said()
        places = iter(self._parts())

        def add(name: str, value: Tensor) -> Tensor:
            moved = value.clone()
            moved[:, -1] += torch.from_numpy(np.asarray(change[next(places)], np.float32)).to(value)
            return moved

        with hooks.visited(self._table, add):
            return self._said()

    def _said(self) -> Array:
        found = []
        for part, memory, given in zip(self._parts(), self._memories, self._given, strict=True):
            with hooks.giving(self._before, given):
                found.append(self._last(part, memory).float().cpu().numpy())
        return np.concatenate(found)

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
    def _last(self, part: slice, memory: Any) -> Tensor:
        last = torch.from_numpy(self._ids[part, -1:]).to(self._device)
        given = {memory_argument(self._model): copy.deepcopy(memory)}
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
