"""Rows of a model's token embedding, and the tokens that they belong to."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tegum.interop.models.loaded import Model

WORD = re.compile(r"[Ġ▁]?[a-z]{3,}")
"""A token that is a word of lower-case letters, maybe behind the mark of a space."""


def embedding(model: Model) -> NDArray[np.float32]:
    """The token embedding: (token, width)."""
    found = model.net.get_input_embeddings()  # pyright: ignore[reportCallIssue]
    return found.weight.detach().float().cpu().numpy()


def words(model: Model) -> NDArray[np.int64]:
    """Ids of tokens that are whole words of lower-case letters; all where ids have no text.

    In a vocabulary that marks spaces these have the mark; in one that marks what goes on with a
    word, as BERT's does, they have none.
    """
    count = model.n_tokens
    if not hasattr(model.tokenizer, "convert_ids_to_tokens"):
        return np.arange(count)
    texts = model.tokenizer.convert_ids_to_tokens(list(range(count)))
    marked = any(text and text[0] in "Ġ▁" for text in texts)
    whole = [
        i
        for i, text in enumerate(texts)
        if text and WORD.fullmatch(text) and (text[0] in "Ġ▁") == marked
    ]
    return np.array(whole, dtype=np.int64)


def ids_of(model: Model, texts: Sequence[str]) -> NDArray[np.int64] | None:
    """The token of each text, all written in one way: after a space, alone, or in lower case.

    None where no way of writing makes every text a token of its own, unlike the others.
    """
    for write in (" {}".format, "{}".format, lambda text: f" {text.lower()}", str.lower):
        each = [model.tokenizer(write(t), add_special_tokens=False)["input_ids"] for t in texts]
        if all(len(ids) == 1 for ids in each) and len({ids[0] for ids in each}) == len(texts):
            return np.array([ids[0] for ids in each], dtype=np.int64)
    return None
