"""A model of others, loaded: its network, its tokenizer, and what is known of its weights."""

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tegum.data import archives
from tegum.data.files import one_line
from tegum.errors import TegumError
from tegum.interop.models import hooks, places
from tegum.text import shown

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Intervention:
    """A change of one activation during a forward pass."""

    hook: str
    """Name of the hook point."""
    how: Literal["replace", "add", "ablate"]
    """`ablate` puts `value` where there is one, e.g. a mean, else 0; so does `replace`, which needs
    one."""
    value: Any = None
    """An array that can be broadcast to (sequence, position, width)."""
    positions: Sequence[int] | None = None
    """The positions that are changed; by default all."""

    def __call__(self, activation: Tensor) -> Tensor:
        """The activation (sequence, position, width), changed."""
        if self.value is None:
            value = torch.zeros((), dtype=activation.dtype, device=activation.device)
        else:
            value = torch.as_tensor(np.asarray(self.value)).to(activation)
        new = activation + value if self.how == "add" else value.expand_as(activation)
        if self.positions is None:
            return new
        changed = activation.clone()
        at = list(self.positions)
        changed[:, at] = new[:, at]
        return changed


@dataclass
class Model:
    """A causal or masked language model, or a bare encoder, of `transformers`."""

    name: str
    net: nn.Module
    tokenizer: Any
    """None where only token ids are given."""
    note: str = ""
    """What a reader has to know of the weights, e.g. that they were quantised."""

    @property
    def config(self) -> Any:
        """The configuration of `transformers`."""
        return self.net.config

    @cached_property
    def causal(self) -> bool:
        """Whether a position sees only what stands before it."""
        names = [type(self.net).__name__, *(getattr(self.config, "architectures", None) or ())]
        bert = any("MaskedLM" in n for n in names) or "bert" in self.config.model_type
        return not bert or bool(getattr(self.config, "is_decoder", False))

    @property
    def n_tokens(self) -> int:
        """Tokens of the vocabulary: rows of the embedding."""
        embedding: Any = self.net.get_input_embeddings()  # pyright: ignore[reportCallIssue]
        return int(embedding.weight.shape[0])

    @cached_property
    def longest(self) -> int:
        """Positions that the model was made for."""
        return int(getattr(self.config, "max_position_embeddings", 2**31 - 1))

    @cached_property
    def digest(self) -> str:
        """Digest of the weights: names, types, shapes, contents."""
        found = hashlib.sha256()
        for name, weight in sorted(self.net.state_dict().items()):
            plain = weight.detach().cpu().contiguous()
            found.update(json.dumps([name, str(plain.dtype), list(plain.shape)]).encode())
            found.update(plain.reshape(-1).view(torch.uint8).numpy().data)
        return found.hexdigest()

    def forward(self, ids: NDArray, mask: NDArray | None = None) -> Any:
        """What the network gives for token ids (sequence, position).

        Args:
            mask: (sequence, position), false where there is padding.
        """
        device = next(self.net.parameters()).device
        given = torch.from_numpy(np.asarray(ids, np.int64)).to(device)
        real = torch.ones_like(given) if mask is None else torch.from_numpy(mask).to(given)
        options = {"use_cache": False} if self.causal else {}
        return self.net(input_ids=given, attention_mask=real, **options)

    def capture(
        self, ids: NDArray, hooks_: Sequence[str | int], mask: NDArray | None = None
    ) -> dict[str, Tensor]:
        """Activations (sequence, position, width) at hook points; stops at the deepest of them."""
        check_ids(ids, self)
        table = hooks.chosen(self.net, hooks_)
        return hooks.captured(table, lambda: self.forward(ids, mask), lambda value: value.clone())

    @torch.no_grad()
    def logits(self, text: str | NDArray, interventions: Sequence[Intervention] = ()) -> Tensor:
        """Logits (sequence, position, vocabulary) of a text, or of ids (sequence, position).

        Args:
            interventions: carried out in the order in which the activations are computed.

        Raises:
            TegumError: for a model without a head, an unknown hook point, one at which nothing can
                be changed, or a value that does not fit there.
        """
        ids = self.ids(text) if isinstance(text, str) else np.asarray(text)
        check_ids(ids, self)
        by: dict[str, list[Intervention]] = {}
        for change in interventions:
            by.setdefault(change.hook, []).append(change)
        table = hooks.chosen(self.net, list(by)) if by else {}
        for name, point in table.items():
            if not point.writable:
                raise TegumError(
                    f"{name}: read only, since the block adds to it elsewhere; change "
                    f"{name.replace('resid_mid', 'attn_out')} instead"
                )

        def visit(name: str, value: Tensor) -> Tensor:
            for change in by[name]:
                if change.how == "replace" and change.value is None:
                    raise TegumError(f"{name}: replace needs a value")
                try:
                    value = change(value)
                except (RuntimeError, IndexError) as error:
                    raise TegumError(
                        f"{name}: cannot {change.how} at shape {tuple(value.shape)} "
                        f"({one_line(error)})"
                    ) from None
            return value

        with hooks.visited(table, visit):
            found = self.forward(ids)
        if not hasattr(found, "logits"):
            raise TegumError(f"{self.name}: an encoder without a head for tokens has no logits")
        return found.logits

    def ids(self, text: str) -> NDArray[np.int64]:
        """Token ids (1, position) of a text, with the special tokens that the tokenizer adds."""
        if self.tokenizer is None:
            raise TegumError(f"{self.name}: no tokenizer; give token ids")
        found = np.array([self.tokenizer(text)["input_ids"]], np.int64)
        if not found.size:
            raise TegumError("the text is empty")
        return found

    def with_random_weights(self, seed: int) -> "Model":
        """The same architecture and tokenizer, its weights drawn anew as at its creation."""
        config = type(self.config).from_dict(self.config.to_dict())
        with _seeded(seed), _quiet():
            net = type(self.net)(config).eval()
        first = next(self.net.parameters())
        net = net.to(first.dtype).to(first.device)
        return Model(f"{self.name}, weights drawn anew", net, self.tokenizer)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def check_ids(ids: NDArray, model: Model) -> None:
    """Raise `TegumError` where ids are no (sequence, position), or outside of the vocabulary."""
    if ids.ndim != 2 or not ids.size or ids.dtype.kind not in "iu":
        raise TegumError(
            f"token ids are {ids.dtype} of shape {ids.shape}; give integers (sequence, position)"
        )
    outside = ids[(ids < 0) | (ids >= model.n_tokens)]
    if outside.size:
        raise TegumError(
            f"token {outside[0]} is outside the vocabulary of {model.name}, which has 0 to "
            f"{model.n_tokens - 1}"
        )
    if ids.shape[1] > model.longest:
        raise TegumError(
            f"sequences have {ids.shape[1]} tokens, {model.name} was made for {model.longest}"
        )


def load_model(
    model: "str | Path | Model | tuple[nn.Module, Any]",
    *,
    dtype: str = "float32",
    device: str = "cpu",
) -> Model:
    """A model by name (`places.find`), or of a network and a tokenizer that are there already.

    Args:
        dtype: float32, bfloat16 (slow on most processors), float16.

    Raises:
        TegumError: where the extra `models` is missing, or the model cannot be found or read.
    """
    if isinstance(model, Model):
        return model
    if isinstance(model, tuple):
        net, tokenizer = model
        return Model(type(net).__name__, net.eval(), tokenizer)
    if dtype not in DTYPES:
        raise TegumError(f"dtype {shown(dtype)}: expected one of {', '.join(DTYPES)}")
    if not places.available((places.EXTRA,)):
        raise TegumError(f"{places.EXTRA} is not installed; {places.MEND}")
    place = places.find(str(model))
    try:
        with _quiet():
            if place.gguf:
                path = archives.filled(places.dequantised(place), _dequantise(place))
            else:
                path = place.path
            net, tokenizer = _net(str(path)), _tokenizer(str(path))
    except TegumError:
        raise
    except Exception as error:
        raise TegumError(
            f"model {shown(place.name)}: cannot be loaded ({one_line(error)})"
        ) from None
    net = net.to(DTYPES[dtype]).to(device).eval()
    return Model(place.name, net, tokenizer, place.note)


def _net(path: str, **options: Any) -> Any:
    import transformers  # pyright: ignore[reportMissingImports]

    auto = transformers.AutoConfig.from_pretrained(path, **options)
    known = auto.architectures or [""]
    kinds = {"MaskedLM": "AutoModelForMaskedLM", "CausalLM": "AutoModelForCausalLM"}
    kinds["LMHeadModel"] = "AutoModelForCausalLM"
    kind = next((k for end, k in kinds.items() if known[0].endswith(end)), "AutoModel")
    loader = getattr(transformers, "AutoModelForCausalLM" if options else kind)
    return loader.from_pretrained(path, dtype=torch.float32, **options)


def _tokenizer(path: str, **options: Any) -> Any:
    import transformers  # pyright: ignore[reportMissingImports]

    return transformers.AutoTokenizer.from_pretrained(path, **options)


def _dequantise(place: places.Place) -> Any:
    def fill(folder: Path) -> None:
        net = _net(place.path, gguf_file=place.gguf)
        tokenizer = _tokenizer(place.path, gguf_file=place.gguf)
        # The weights are plain now; `transformers` would refuse to save what it calls quantised.
        for owner in (net, net.config):
            for name in ("hf_quantizer", "quantization_config", "is_quantized"):
                owner.__dict__.pop(name, None)
        net.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    return fill


@contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars and advice, which are about files that a reader did not choose."""
    from transformers.utils import logging as talk  # pyright: ignore[reportMissingImports]

    before, bars = talk.get_verbosity(), talk.is_progress_bar_enabled()
    talk.set_verbosity_error()
    talk.disable_progress_bar()
    level = logging.getLogger("huggingface_hub").level
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        talk.set_verbosity(before)
        logging.getLogger("huggingface_hub").setLevel(level)
        if bars:
            talk.enable_progress_bar()
