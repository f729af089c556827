"""What a fitted dictionary has recovered: directions, supports, magnitudes, each apart."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.pursuit import pursue
from tegum.metrics import factorisation as groups
from tegum.metrics import reconstruction, recovery
from tegum.synthetic.known_features import World

MEASURES = {
    "l0": "active latents per sample L0",
    "true_l0": "active features per sample",
    "fvu": "fraction of variance unexplained",
    "mcc": "matched |cos| with the true features",
    "mcc_matched": "matched |cos|, unmatched features left out",
    "mcc_signed": "matched cosine, opposite directions apart",
    "mmcs": "mean best |cos| of the true features",
    "recovered_fraction": "share of features with |cos| >= 0.9",
    "uniqueness": "distinct best features per latent",
    "support_f1": "F1 of the supports",
    "precision": "precision of the supports",
    "recall": "recall of the supports",
    "dead_fraction": "share of dead latents",
    "shrinkage": "mean |x'| / |x|",
    "relative_bias": "relative reconstruction bias",
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
    def active(self) -> np.ndarray:
        return self.features != 0


@torch.no_grad()
def coded(dictionary: Dictionary, x: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Codes (sample, latent) and reconstructions (sample, input) of an ensemble of one."""
    codes = dictionary.encode(x[None].to(dictionary.scale.device))
    return codes[0].cpu().numpy(), dictionary.decode(codes)[0].cpu().numpy()


def compare(dictionary: Dictionary, held: Held, checked: int) -> dict[str, Any]:
    """Every measure of an ensemble of one, and per feature `best_cosine`; NaN: not applicable.

    Args:
        checked: how many samples are coded by pursuit as well, and used to check invariances.
    """
    directions = dictionary.directions()[0].cpu().numpy()
    codes, rebuilt = coded(dictionary, held.x)
    found = measured(directions, codes, rebuilt, held)
    if checked:
        few = held.first(checked)
        found["invariance_error"] = _invariance(directions, codes[:checked], rebuilt[:checked], few)
        bias = dictionary.decoder_bias[0].detach().cpu().numpy() / dictionary.scale[0].item()
        found |= pursued(directions, bias, few)
    if (held.world.gate >= 0).any():
        found |= _grouped(directions, codes, held.world)
    if held.bias is not None:
        found |= _spliced(rebuilt, held, held.bias)
    return found


def measured(
    directions: np.ndarray, codes: np.ndarray, rebuilt: np.ndarray, held: Held
) -> dict[str, Any]:
    """Measures of directions (latent, input), codes and reconstructions."""
    x, truth, active = held.x.numpy(), held.world.directions, held.active
    similarity = recovery.cosines(directions, truth)
    signed = recovery.cosines(directions, truth, signed=True)
    supports = recovery.supports(codes, active, similarity)
    return dict.fromkeys(MEASURES, np.nan) | {
        "l0": recovery.l0(codes),
        "true_l0": active.sum(1).mean(),
        "fvu": reconstruction.fvu(x, rebuilt),
        "mcc": recovery.mcc(similarity),
        "mcc_matched": recovery.mcc(similarity, unmatched_count=False),
        "mcc_signed": recovery.mcc(signed),
        "mmcs": recovery.mmcs(similarity),
        "recovered_fraction": recovery.recovered_fraction(similarity),
        "uniqueness": recovery.uniqueness(similarity),
        "support_f1": supports.f1.mean(),
        "precision": supports.precision.mean(),
        "recall": supports.recall.mean(),
        "dead_fraction": recovery.dead_fraction(codes),
        "shrinkage": reconstruction.shrinkage(x, rebuilt),
        "relative_bias": reconstruction.relative_bias(x, rebuilt),
        "amplitude_deficit": _deficit(codes, held.features, similarity),
        "best_cosine": recovery.best_cosine(similarity),
    }


def pursued(directions: np.ndarray, bias: np.ndarray, held: Held) -> dict[str, Any]:
    """Supports and variance with codes by pursuit, as many as features are active on average."""
    x = held.x.numpy()
    k = max(1, round(float(held.active.sum(1).mean())))
    codes = pursue(x - bias, directions, k)
    similarity = recovery.cosines(directions, held.world.directions)
    return {
        "pursuit_f1": recovery.support_f1(np.abs(codes), held.active, similarity),
        "pursuit_fvu": reconstruction.fvu(x, codes @ directions + bias),
    }


def _deficit(codes: np.ndarray, features: np.ndarray, similarity: np.ndarray) -> float:
    """Mean of feature minus code over matched pairs where both are active."""
    latents, matched = recovery.matching(similarity)
    code, feature = codes[:, latents], features[:, matched]
    both = (code > 0) & (feature > 0)
    return float((feature - code)[both].mean()) if both.any() else np.nan


def _invariance(
    directions: np.ndarray, codes: np.ndarray, rebuilt: np.ndarray, held: Held
) -> float:
    """Largest change of any measure when latents are reversed and everything is tripled."""
    scaled = replace(held, features=3 * held.features, x=3 * held.x)
    here = measured(directions, codes, rebuilt, held)
    there = measured(directions[::-1], 3 * codes[:, ::-1], 3 * rebuilt, scaled)
    there["amplitude_deficit"] /= 3
    changes = [abs(here[name] - there[name]) for name in MEASURES if np.isfinite(here[name])]
    return max(changes)


def _grouped(directions: np.ndarray, codes: np.ndarray, world: World) -> dict[str, float]:
    """How well latents that fire keep to the subspaces, and whether their clusters are those."""
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
