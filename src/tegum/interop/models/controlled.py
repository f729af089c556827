"""The network of a model with its weights under a control, for what is read after some block."""

import copy
from typing import Any

import torch

from tegum.controls.models import DRAWN, KEPT, WEIGHT_CONTROLS
from tegum.controls.weights import control_weights
from tegum.errors import TegumError
from tegum.interop.models import hooks
from tegum.interop.models.loaded import Model


@torch.no_grad()
def controlled(model: Model, control: str, seed: int, last_block: int) -> Model:
    """The model under a control of `tegum.controls.models.WEIGHT_CONTROLS`.

    Blocks behind `last_block` stay as they are: nothing is to be read there.

    Args:
        control: ends with `_kept` where the token embedding stays.
        seed: of what is drawn.
        last_block: the last one whose output is read, counted from 0.

    Raises:
        TegumError: for another control.
    """
    kind, kept = control.removesuffix(KEPT), control.endswith(KEPT)
    if kind not in WEIGHT_CONTROLS:
        raise TegumError(
            f"no control {control!r} of weights; there are {', '.join(WEIGHT_CONTROLS)}"
        )
    if kind == "untrained":
        made = model.with_random_weights(seed)
    else:
        made = Model(model.name, copy.deepcopy(model.net), model.tokenizer, model.note)
        weights = {n: p.float().numpy() for n, p in _read(made, last_block).items()}
        keep = [name for name in weights if name.startswith(EMBEDDING)] if kept else []
        drawn = control_weights(weights, DRAWN[kind], seed, keep, permute_vectors=True)
        for name, weight in _read(made, last_block).items():
            weight.copy_(torch.from_numpy(drawn[name].copy()))
    if kept:
        _embedding(made).copy_(_embedding(model))
    return Model(f"{model.name}, {control} {seed}", made.net, model.tokenizer, model.note)


EMBEDDING = "embedding."


def _embedding(model: Model) -> torch.Tensor:
    found: Any = model.net.get_input_embeddings()  # pyright: ignore[reportCallIssue]
    return found.weight


def _read(model: Model, last_block: int) -> dict[str, torch.Tensor]:
    """The parameters that decide what is read after a block, by name."""
    found = {EMBEDDING + "weight": _embedding(model)}
    for i, block in enumerate(hooks.blocks(model.net)[: last_block + 1]):
        found |= {f"blocks.{i}.{name}": p for name, p in block.named_parameters()}
    return found
