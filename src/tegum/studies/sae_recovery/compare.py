"""What a fitted dictionary has recovered: directions, supports, magnitudes, each apart."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.measures import QUALITY
from tegum.dictionaries.pursuit import pursue
from tegum.dictionaries.quality import Coded, Truth, coded, quality
from tegum.metrics import factorisation as groups
from tegum.metrics import reconstruction, recovery
from tegum.synthetic.known_features import World

MEASURES = QUALITY | {
    "amplitude_deficit": "true minus coded amplitude",
    "invariance_error": "change of metrics with order of latents and scale of x",
    "pursuit_f1": "F1 of the supports, codes by pursuit",
    "pursuit_fvu": "fraction of variance unexplained, codes by pursuit",
    "subspace_purity": "largest share of a latent in one subspace",
    "decoder_grouping": "agreement of clusters of directions with subspaces",
    "firing_grouping": "agreement of clusters of firing with subspaces",
    "loss_recovered": "loss recovered against zero ablation",
    "loss_recovered_mean": "loss recovered against mean ablation",
}


@dataclass(frozen=True)
class Held:
    """Fresh samples of a world."""

    world: World
    features: np.ndarray
    """(sample, feature)."""
    x: torch.Tensor
    """(sample, input)."""
    bias: np.ndarray | None = None
    """(feature,): output bias of the toy model, if it is one."""

    def first(self, samples: int) -> "Held":
        """The first of the samples."""
        return replace(self, features=self.features[:samples], x=self.x[:samples])

    @property
    def truth(self) -> Truth:
        """What there is to be found."""
        return Truth(self.world.directions, self.features != 0)


def compare(dictionary: Dictionary, held: Held, checked: int) -> dict[str, Any]:
    """Every measure of an ensemble of one, and per feature `best_cosine`; NaN: not applicable.

    Args:
        checked: how many samples are coded by pursuit as well, and used to check invariances.
    """
    made = coded(dictionary, held.x)
    found = measured(made, held)
    if checked:
        few = held.first(checked)
        found["invariance_error"] = _invariance(made, checked, few)
        bias = dictionary.decoder_bias[0].detach().cpu().numpy() / dictionary.scale[0].item()
        found |= pursued(made.directions, bias, few)
    if (held.world.gate >= 0).any():
        found |= _grouped(made, held.world)
    if held.bias is not None:
        found |= _spliced(made.rebuilt, held, held.bias)
    return found


def measured(made: Coded, held: Held) -> dict[str, Any]:
    """Measures of what a dictionary makes of the samples."""
    numbers = quality(made, held.x.numpy(), held.truth)
    similarity = recovery.cosines(made.directions, held.world.directions)
    deficit = _deficit(made.codes, held.features, similarity)
    return dict.fromkeys(MEASURES, np.nan) | numbers | {"amplitude_deficit": deficit}


def pursued(directions: np.ndarray, bias: np.ndarray, held: Held) -> dict[str, Any]:
    """Supports and variance with codes by pursuit, as many as features are active on average."""
    x = held.x.numpy()
    k = max(1, round(float(held.truth.active.sum(1).mean())))
    codes = pursue(x - bias, directions, k)
    similarity = recovery.cosines(directions, held.world.directions)
    return {
        "pursuit_f1": recovery.support_f1(np.abs(codes), held.truth.active, similarity),
        "pursuit_fvu": reconstruction.fvu(x, codes @ directions + bias),
    }


def _deficit(codes: np.ndarray, features: np.ndarray, similarity: np.ndarray) -> float:
    """Mean of feature minus code over matched pairs where both are active."""
    latents, matched = recovery.matching(similarity)
    code, feature = codes[:, latents], features[:, matched]
    both = (code > 0) & (feature > 0)
    return float((feature - code)[both].mean()) if both.any() else np.nan


def _invariance(made: Coded, checked: int, held: Held) -> float:
    """Largest change of any measure when latents are reversed and everything is tripled."""
    codes, rebuilt, directions = made.codes[:checked], made.rebuilt[:checked], made.directions
    here = measured(Coded(codes, rebuilt, directions), held)
    scaled = replace(held, features=3 * held.features, x=3 * held.x)
    there = measured(Coded(3 * codes[:, ::-1], 3 * rebuilt, directions[::-1]), scaled)
    there["amplitude_deficit"] /= 3
    changes = [abs(here[name] - there[name]) for name in MEASURES if np.isfinite(here[name])]
    return max(changes)


def _grouped(made: Coded, world: World) -> dict[str, float]:
    """How well latents that fire keep to the subspaces, and whether their clusters are those."""
    directions, codes = made.directions, made.codes
    alive = (codes > 0).any(0)
    shares = groups.subspace_shares(directions[alive], world.directions, world.gate)
    own = shares.argmax(1)
    if np.unique(own).size < 2:
        return {}
    return {
        "subspace_purity": float(shares.max(1).mean()),
        "decoder_grouping": groups.grouping_agreement(
            groups.decoder_affinity(directions[alive]), own
        ),
        "firing_grouping": groups.grouping_agreement(groups.firing_affinity(codes[:, alive]), own),
    }


def _spliced(rebuilt: np.ndarray, held: Held, bias: np.ndarray) -> dict[str, float]:
    """Loss of the toy model with its hidden state, the reconstruction, and nothing in its place."""
    x = held.x.numpy()

    def loss(hidden: np.ndarray) -> float:
        output = np.maximum(hidden @ held.world.directions.T + bias, 0.0)
        return float(((output - held.features) ** 2).mean())

    clean, spliced = loss(x), loss(rebuilt)
    return {
        "loss_recovered": reconstruction.loss_recovered(clean, spliced, loss(0 * x)),
        "loss_recovered_mean": reconstruction.loss_recovered(
            clean, spliced, loss(0 * x + x.mean(0))
        ),
    }
