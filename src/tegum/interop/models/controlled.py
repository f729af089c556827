"""The network of a model with its weights under a control, for what is read after some block."""

import copy
from typing import Any

import torch

from tegum.controls.models import DRAWN, WEIGHT_CONTROLS
from tegum.controls.weights import control_weights
from tegum.errors import TegumError
from tegum.interop.models import hooks
from tegum.interop.models.loaded import Model


@torch.no_grad()
def controlled(model: Model, control: str, seed: int, last_block: int) -> Model:
    """The model under a control of `tegum.controls.models.WEIGHT_CONTROLS`.

    Blocks behind `last_block` may stay as they are: nothing is to be read there.

    Args:
        seed: of what is drawn.
        last_block: the last one whose output is read, counted from 0.

    Raises:
        TegumError: for another control.
    """
    if control not in WEIGHT_CONTROLS:
        raise TegumError(
            f"no control {control!r} of weights; there are {', '.join(WEIGHT_CONTROLS)}"
        )
    if control == "untrained":
        net = model.with_random_weights(seed).net
    else:
        net = copy.deepcopy(model.net)
        weights = _read(net, last_block)
        own = {name: weight.float().numpy() for name, weight in weights.items()}
        drawn = control_weights(own, DRAWN[control], seed, permute_vectors=True)
        for name, weight in weights.items():
            weight.copy_(torch.from_numpy(drawn[name].copy()))
    return Model(f"{model.name}, {control} {seed}", net, model.tokenizer, model.note)


@torch.no_grad()
def with_embedding(model: Model, trained: Model) -> Model:
    """A model under a control with the token embedding of the `trained` one."""
    net = copy.deepcopy(model.net)
    _embedding(net).copy_(_embedding(trained.net))
    return Model(f"{model.name}, embedding kept", net, model.tokenizer, model.note)


def _embedding(net: Any) -> torch.Tensor:
    return net.get_input_embeddings().weight


def _read(net: Any, last_block: int) -> dict[str, torch.Tensor]:
    """The parameters that decide what is read after a block, by name."""
    found = {"embedding.weight": _embedding(net)}
    for i, block in enumerate(hooks.blocks(net)[: last_block + 1]):
        found |= {f"blocks.{i}.{name}": p for name, p in block.named_parameters()}
    return found
