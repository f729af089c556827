"""Rungs of a ladder of controls by name: on tokens, on activations, on a dictionary's codes."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tegum.controls import activations, inputs

Array = np.ndarray
TOKENS = ("unigram", "uniform", "markov")
"""Of another law than the corpus."""
ACTIVATIONS: Mapping[str, Callable[[Array, int], Array]] = {
    "gaussian": activations.matched_gaussian,
    "permuted_dimensions": activations.permute_dimensions,
}
"""From activations (sample, dimension) and a seed to others."""
DECODED = ("permuted_latents", "random_decoder")
"""Codes that a dictionary made of activations, decoded again."""


def changed_tokens(control: str, words: Array, n_tokens: int, seed: int) -> Array:
    """Tokens (sequence, position) under a control of `TOKENS`, of `n_tokens` that there are."""
    if control == "uniform":
        return inputs.uniform_tokens(words, n_tokens, seed)
    change = inputs.shuffle_tokens if control == "unigram" else inputs.markov_tokens
    return change(words, seed)


def decoded_again(
    control: str, codes: Sequence[Array], decoder: Array, bias: Array, seed: int
) -> tuple[list[Array], Array]:
    """Activations under a control of `DECODED`, and the directions that they are made of.

    Args:
        codes: sets of codes, each (sample, latent); random directions are the same for all.
        decoder: (latent, dimension).
        bias: (dimension,).
    """
    if control == "random_decoder":
        made = [activations.random_decoder(c, decoder, bias, seed) for c in codes]
        return made, activations.random_directions(decoder, seed)
    permuted = activations.permuted_latents
    return [permuted(c, decoder, bias, seed + i) for i, c in enumerate(codes)], decoder
