"""What the neurons of h = ReLU(W1 x), y = ReLU(W2 h + b) serve (Elhage et al. 2022).

Legend: g_ji = |W1_ji| max(W2_ij, 0), the *gain* of neuron j on feature i: how strongly it carries
x_i to its own output. A negative output weight carries nothing: it inhibits. A neuron's scale
(W1_j times c, W2_j over c) cancels in it. With tied weights it is W_ji^2 where W_ji > 0; a feature
that is never negative only silences a neuron whose weight for it is negative. Encoders are
(..., hidden, feature), decoders (..., feature, hidden), gains (..., hidden, feature), of which any
number of leading axes are models.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

CARRIED = 0.2
"""Gain from which on a neuron carries a feature: a feature that is carried whole has gain 1, one
that two neurons share 1/2 each, one that four share 1/4."""
REPRESENTED = 0.5
"""Summed gain from which on a feature is represented."""
COMPUTED = 0.25
"""Largest loss, over that of the best constant, of a feature that counts as computed: a feature of
which one sign is computed and the other taken for 0 is left with 1/2 when sparse; half of that."""
ASYMMETRY = 2.0
"""Least ratio of a neuron's two weights in the asymmetric motif: the geometric middle of the
published motif's 4 and of 1, that of equal weights."""
CANCELLED = 0.5
"""Least share of the interference that inhibitory neurons have to take away in that motif."""


def gains(encoder: ArrayLike, decoder: ArrayLike) -> Array:
    """g_ji = |W1_ji| max(W2_ij, 0)."""
    excites = np.maximum(np.swapaxes(np.asarray(decoder, float), -1, -2), 0)
    return np.abs(np.asarray(encoder, float)) * excites


def participation(gain: ArrayLike) -> Array:
    """Effective number of features that share a neuron, (sum g)^2 / sum g^2: (..., hidden).

    From 1 to the number of features; with tied weights that are not negative it is the usual
    participation ratio (sum W^2)^2 / sum W^4. NaN for a neuron that carries no feature.
    """
    g = np.asarray(gain, float)
    total, square = g.sum(-1), (g * g).sum(-1)
    working = (g > CARRIED).any(-1)
    return np.divide(total**2, square, out=np.full(total.shape, np.nan), where=working)


def monosemantic(gain: ArrayLike) -> NDArray[np.bool_]:
    """Whether a neuron carries exactly one feature: (..., hidden)."""
    return (np.asarray(gain, float) > CARRIED).sum(-1) == 1


def polysemantic(gain: ArrayLike) -> NDArray[np.bool_]:
    """Whether a neuron carries two features or more: (..., hidden)."""
    return (np.asarray(gain, float) > CARRIED).sum(-1) >= 2


def represented(gain: ArrayLike) -> NDArray[np.bool_]:
    """Whether the neurons together represent a feature: (..., feature)."""
    return np.asarray(gain, float).sum(-2) > REPRESENTED


def shared(gain: ArrayLike) -> NDArray[np.bool_]:
    """Whether a feature is represented without a neuron of its own: (..., feature)."""
    g = np.asarray(gain, float)
    own = ((g > CARRIED) & monosemantic(g)[..., None]).any(-2)
    return represented(g) & ~own


def mean_rank(gain: Array, neurons: NDArray[np.bool_]) -> Array:
    """Mean index, which is the rank of importance, of what these neurons carry; NaN if nothing."""
    carried = (gain > CARRIED) & neurons[..., None]
    count = carried.sum((-2, -1))
    total = (carried * np.arange(gain.shape[-1])).sum((-2, -1))
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def distinct_pairs(gain: ArrayLike) -> NDArray[np.bool_]:
    """Whether every feature is carried by two neurons, each by another pair: (...)."""
    carried = np.asarray(gain, float) > CARRIED
    paired = (carried.sum(-2) == 2).all(-1)
    number = 2.0 ** np.arange(carried.shape[-2])
    codes = np.sort(number @ carried, axis=-1)
    return paired & (np.diff(codes, axis=-1) > 0).all(-1)


def sign_pairs(encoder: ArrayLike, decoder: ArrayLike) -> NDArray[np.bool_]:
    """Whether a feature has exactly one neuron for each of its signs: (..., feature).

    A neuron serves the sign of its input weight where it carries the feature.
    """
    carried = gains(encoder, decoder) > CARRIED
    positive = (carried & (np.asarray(encoder) > 0)).sum(-2)
    negative = (carried & (np.asarray(encoder) < 0)).sum(-2)
    return (positive == 1) & (negative == 1)


def asymmetric_motif(encoder: ArrayLike, decoder: ArrayLike) -> NDArray[np.bool_]:
    """Whether a neuron is part of the asymmetric motif with inhibition: (..., hidden).

    The published one has input weights [2, -1/2] and output weights [1/2, 2] for two features a, b:
    both gains are 1, but x_a disturbs y_b sixteen times as much as x_b disturbs y_a, and another
    neuron, which reads x_a with the same sign, inhibits y_b. Recognised where the two largest
    gains are carried, the input weights differ by `ASYMMETRY` one way and the output weights the
    other way, and the inhibition that other neurons give y_b at that sign
    of x_a is `CANCELLED` of what the neuron gives it. The sign of an input weight is free: |x_b|
    does not know it.
    """
    first, second = np.asarray(encoder, float), np.asarray(decoder, float)
    leading, (hidden, features) = first.shape[:-2], first.shape[-2:]
    flat = zip(
        first.reshape(-1, hidden, features), second.reshape(-1, features, hidden), strict=True
    )
    found = [[_in_motif(one, two, j) for j in range(hidden)] for one, two in flat]
    return np.array(found, bool).reshape(*leading, hidden)


def summary(encoder: ArrayLike, decoder: ArrayLike) -> dict[str, NDArray[Any]]:
    """What the neurons of models (...) serve, all of the above, by name.

    `participation` is (..., hidden); the others are counts, shares and means of a model, (...).
    """
    gain = gains(encoder, decoder)
    mono, poly = monosemantic(gain), polysemantic(gain)
    return {
        "participation": participation(gain),
        "n_mono": mono.sum(-1),
        "n_poly": poly.sum(-1),
        "n_represented": represented(gain).sum(-1),
        "n_shared": shared(gain).sum(-1),
        "distinct_pairs": distinct_pairs(gain),
        "sign_pairs": sign_pairs(encoder, decoder).mean(-1),
        "n_motif": asymmetric_motif(encoder, decoder).sum(-1),
        "rank_mono": mean_rank(gain, mono),
        "rank_poly": mean_rank(gain, poly),
    }


def _in_motif(encoder: Array, decoder: Array, j: int) -> bool:
    gain = gains(encoder, decoder)[j]
    pair = np.argsort(-gain)[:2]
    a, b = pair[np.argsort(-np.abs(encoder[j, pair]))]
    reads, writes = np.abs(encoder[j]), decoder[:, j]
    if gain[pair].min() <= CARRIED:
        return False
    if reads[a] < ASYMMETRY * reads[b] or writes[b] < ASYMMETRY * writes[a]:
        return False
    answers = np.maximum(encoder[:, a] * np.sign(encoder[j, a]), 0)
    answers[j] = 0
    inhibition = np.maximum(-decoder[b], 0) @ answers
    return bool(inhibition >= CANCELLED * writes[b] * reads[a])
