"""Hook points of `transformers` models, with the names of TransformerLens.

Every causal or masked model of a stack of blocks has `hook_embed` (what the token embedding gives),
`blocks.<i>.hook_resid_pre` and `blocks.<i>.hook_resid_post`. Where the parts of a block are known
(GPT-2, Llama and its like, BERT and its like) there are also `hook_attn_out`, `hook_resid_mid` and
`hook_mlp_out`; a block that normalises after adding, as in BERT, has `hook_normalized_resid_post`,
which is what the next block reads, `hook_resid_post` being before the normalisation.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from tegum.errors import TegumError
from tegum.text import shown

Visit = Callable[[str, Tensor], Tensor | None]
"""From a point's name and its activation (sequence, position, width) to what replaces it."""


@dataclass(frozen=True)
class Point:
    """What goes into, or comes out of, a module."""

    module: nn.Module
    side: Literal["in", "out"]
    writable: bool = True
    """Whether a replaced value reaches all that reads it."""


@dataclass(frozen=True)
class _Parts:
    """Paths in a block: its children tell the family, the others are points."""

    children: frozenset[str]
    attention: str
    middle: str
    mlp: str
    sums_after: str = ""
    """The normalisation after the second sum, where blocks normalise after adding."""


FAMILIES = (
    _Parts(frozenset({"ln_1", "attn", "ln_2", "mlp"}), "attn", "ln_2", "mlp"),
    _Parts(
        frozenset({"self_attn", "mlp", "input_layernorm", "post_attention_layernorm"}),
        "self_attn",
        "post_attention_layernorm",
        "mlp",
    ),
    _Parts(
        frozenset({"attention", "intermediate", "output"}),
        "attention.output.dense",
        "attention.output.LayerNorm",
        "output.dense",
        "output.LayerNorm",
    ),
)


def blocks(net: nn.Module) -> list[nn.Module]:
    """The blocks of a model in their order.

    Raises:
        TegumError: for a model that is no single stack of blocks.
    """
    config: Any = net.config
    config = config.get_text_config() if hasattr(config, "get_text_config") else config
    count = getattr(config, "num_hidden_layers", None)
    found = [m for m in net.modules() if isinstance(m, nn.ModuleList) and len(m) == count]
    if not found or getattr(config, "is_encoder_decoder", False):
        raise TegumError(f"{type(net).__name__}: not a single stack of blocks; no hook points")
    return list(found[0])


def points(net: nn.Module) -> dict[str, Point]:
    """Name to point, in the order in which they are computed."""
    embedding: Any = net.get_input_embeddings()  # pyright: ignore[reportCallIssue]
    found = {"hook_embed": Point(embedding, "out")}
    for i, block in enumerate(blocks(net)):
        at = {f"blocks.{i}.{name}": point for name, point in _of_block(block).items()}
        found |= at
    return found


def _of_block(block: nn.Module) -> dict[str, Point]:
    children = {name for name, _ in block.named_children()}
    parts = next((p for p in FAMILIES if p.children == children & _KNOWN), None)
    found = {"hook_resid_pre": Point(block, "in")}
    if parts is None:
        return found | {"hook_resid_post": Point(block, "out")}
    after = bool(parts.sums_after)
    found["hook_attn_out"] = Point(block.get_submodule(parts.attention), "out")
    # What is added to later is the sum itself, not what this normalisation is given of it.
    found["hook_resid_mid"] = Point(block.get_submodule(parts.middle), "in", writable=after)
    found["hook_mlp_out"] = Point(block.get_submodule(parts.mlp), "out")
    if after:
        found["hook_resid_post"] = Point(block.get_submodule(parts.sums_after), "in")
        return found | {"hook_normalized_resid_post": Point(block, "out")}
    return found | {"hook_resid_post": Point(block, "out")}


_KNOWN = frozenset().union(*(p.children for p in FAMILIES)) | {
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
    "crossattention",
}
"""Children by which families are told apart; the last three make a block one of no known family."""


def chosen(net: nn.Module, layers: Sequence[str | int]) -> dict[str, Point]:
    """The points that are asked for, in the order in which they are computed.

    Args:
        layers: names of points; a number i, also as text, stands for the stream after block i:
            `blocks.<i>.hook_normalized_resid_post` where there is one, else `hook_resid_post`.

    Raises:
        TegumError: for none, or for names that the model does not have, with those that it has.
    """
    there = points(net)
    if not layers:
        raise TegumError(f"no layer is given; {_valid(there)}")
    names = [_name(layer, there) for layer in layers]
    unknown = [str(layer) for layer, name in zip(layers, names, strict=True) if name not in there]
    if unknown:
        raise TegumError(f"layer {shown(unknown[0])}: no such hook point; {_valid(there)}")
    return {name: point for name, point in there.items() if name in names}


def _name(layer: str | int, there: Mapping[str, Point]) -> str:
    text = str(layer)
    if not re.fullmatch("[0-9]{1,6}", text):
        return text
    after = f"blocks.{int(text)}.hook_normalized_resid_post"
    return after if after in there else f"blocks.{int(text)}.hook_resid_post"


def _valid(there: Mapping[str, Point]) -> str:
    kinds = list(dict.fromkeys(n.split(".")[-1] for n in there if n.startswith("blocks.")))
    last = max(int(n.split(".")[1]) for n in there if n.startswith("blocks."))
    return (
        f"valid are 0 to {last}, hook_embed, and blocks.I.NAME with I from 0 to {last} and NAME "
        f"one of {', '.join(kinds)}"
    )


def block_of(name: str) -> int:
    """The number of the block that a hook point belongs to; 0 for that of the embedding."""
    return int(name.split(".")[1]) if name.startswith("blocks.") else 0


@contextmanager
def giving(skipped: Sequence[nn.Module], output: Any) -> Iterator[None]:
    """During a forward pass these modules give `output`, whatever they are given."""
    own = [vars(module).get("forward") for module in skipped]
    for module in skipped:
        module.forward = lambda *_, **__: output
    try:
        yield
    finally:
        for module, forward in zip(skipped, own, strict=True):
            if forward is None:
                del module.forward
            else:  # set on the module itself, as sharding over devices does
                module.forward = forward


@contextmanager
def visited(table: Mapping[str, Point], visit: Visit) -> Iterator[None]:
    """Call `visit` at each point of a forward pass; what it returns takes the value's place."""
    with ExitStack() as stack:
        for name, point in table.items():
            stack.callback(_hooked(name, point, visit).remove)
        yield


def _hooked(name: str, point: Point, visit: Visit) -> Any:
    def leaving(module: nn.Module, args: Any, output: Any) -> Any:
        value = output if isinstance(output, Tensor) else output[0]
        new = visit(name, value)
        if new is None or isinstance(output, Tensor):
            return new
        return (new, *output[1:])

    def entering(module: nn.Module, args: Any, kwargs: Any) -> Any:
        if args:
            new = visit(name, args[0])
            return None if new is None else ((new, *args[1:]), kwargs)
        new = visit(name, kwargs["hidden_states"])
        return None if new is None else (args, {**kwargs, "hidden_states": new})

    if point.side == "out":
        return point.module.register_forward_hook(leaving)
    return point.module.register_forward_pre_hook(entering, with_kwargs=True)


class _EnoughError(Exception):
    """Ends a forward pass: the deepest point that is asked for was reached."""


@torch.no_grad()
def captured(
    table: Mapping[str, Point], forward: Callable[[], Any], keep: Callable[[Tensor], Tensor]
) -> dict[str, Tensor]:
    """What `keep` makes of the activation at each point; the pass stops at the deepest of them.

    Args:
        table: in the order in which they are computed, as `chosen` gives it.
    """
    found: dict[str, Tensor] = {}

    def visit(name: str, value: Tensor) -> None:
        found[name] = keep(value.detach())
        if len(found) == len(table):
            raise _EnoughError

    with visited(table, visit), suppress(_EnoughError):
        forward()
    return found
