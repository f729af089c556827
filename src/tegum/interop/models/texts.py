"""Texts as token sequences, padded on the right, with a mark of what is kept.

Padding and special tokens are never kept. Of a stream, the first `skip` tokens of each sequence are
not kept either: a causal model gives the first position an activation tens of times as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.errors import TegumError
from tegum.interop.models.loaded import Model, check_ids


@dataclass(frozen=True)
class Tokens:
    """Token sequences."""

    ids: NDArray[np.int64]
    """(sequence, position)."""
    mask: NDArray[np.bool_]
    """(sequence, position): false where there is padding."""
    kept: NDArray[np.bool_]
    """(sequence, position): whether activations are kept."""

    @property
    def count(self) -> int:
        """How many tokens are kept."""
        return int(self.kept.sum())


def stream(model: Model, texts: Sequence[str], context: int, skip: int = 1) -> Tokens:
    """Texts one after another, cut into sequences of `context` tokens; the rest is not used.

    Each sequence begins with the token that begins texts, where the tokenizer has one, and, of an
    encoder, ends with the one that ends them.

    Raises:
        TegumError: for no text, for less than one context, or a context that the model has not.
    """
    if model.tokenizer is None:
        raise TegumError(f"{model.name}: no tokenizer; give token ids")
    before, after = _ends(model.tokenizer, model.causal)
    inner = context - len(before) - len(after)
    if inner < 1 or not 0 <= skip < context or context > model.longest:
        raise TegumError(
            f"context is {context}, of which {skip} are skipped; give {len(before + after) + 1} to "
            f"{model.longest} tokens, and skip fewer than these"
        )
    between = [t for t in (getattr(model.tokenizer, "eos_token_id", None),) if t is not None]
    found: list[int] = []
    for text in texts:
        words = model.tokenizer(text, add_special_tokens=False)["input_ids"]
        found += [*words, *(between if len(texts) > 1 and model.causal else [])]
    if not found:
        raise TegumError("the text is empty")
    count = len(found) // inner
    if not count:
        raise TegumError(
            f"the text has {len(found)} tokens, one context takes {inner}; give more, or a context "
            "of fewer"
        )
    rows = np.array(found[: count * inner], np.int64).reshape(count, inner)
    ids = np.concatenate([_column(before, count), rows, _column(after, count)], 1)
    kept = np.zeros(ids.shape, bool)
    kept[:, max(skip, len(before)) : context - len(after)] = True
    return Tokens(ids, np.ones(ids.shape, bool), kept)


def separate(model: Model, texts: Sequence[str], longest: int, *, last: bool = False) -> Tokens:
    """Each text alone, cut at `longest` tokens, its special tokens included.

    Args:
        last: whether only the last token that is not special is kept.

    Raises:
        TegumError: for no text, or one without tokens.
    """
    if model.tokenizer is None:
        raise TegumError(f"{model.name}: no tokenizer; give token ids")
    if not texts:
        raise TegumError("no text is given")
    if not 1 <= longest <= model.longest:
        raise TegumError(f"longest is {longest}; {model.name} reads 1 to {model.longest} tokens")
    found = model.tokenizer(
        list(texts), truncation=True, max_length=longest, return_special_tokens_mask=True
    )
    rows = found["input_ids"]
    ids = np.zeros((len(rows), max(map(len, rows), default=0)), np.int64)
    mask, kept = np.zeros(ids.shape, bool), np.zeros(ids.shape, bool)
    for i, (row, special) in enumerate(zip(rows, found["special_tokens_mask"], strict=True)):
        plain = np.flatnonzero(np.array(special) == 0)
        if not plain.size:
            raise TegumError(f"text {i} has no tokens")
        ids[i, : len(row)], mask[i, : len(row)] = row, True
        kept[i, plain[-1:] if last else plain] = True
    return Tokens(ids, mask, kept)


def given(model: Model, ids: NDArray, skip: int = 0) -> Tokens:
    """Token ids (sequence, position) that are there already.

    Raises:
        TegumError: for ids that are none, or outside the vocabulary.
    """
    check_ids(ids, model)
    if not 0 <= skip < ids.shape[1]:
        raise TegumError(f"skip is {skip}; sequences have {ids.shape[1]} tokens")
    kept = np.ones(ids.shape, bool)
    kept[:, :skip] = False
    return Tokens(ids.astype(np.int64), np.ones(ids.shape, bool), kept)


def _ends(tokenizer: Any, causal: bool) -> tuple[list[int], list[int]]:
    if causal:
        return [t for t in (tokenizer.bos_token_id,) if t is not None], []
    names = (("cls_token_id", "bos_token_id"), ("sep_token_id", "eos_token_id"))
    ends = []
    for pair in names:
        ids = [getattr(tokenizer, n, None) for n in pair]
        ends.append([t for t in ids if t is not None][:1])
    return ends[0], ends[1]


def _column(tokens: Sequence[int], count: int) -> NDArray[np.int64]:
    return np.tile(np.array(tokens, np.int64), (count, 1))
