"""What adding a steering vector does: by the probes, re-encoded, and downstream.

A vector is added with the norm that its feature has where it is active, and effects are counted in
units of each feature's amplitude, so that a true intervention has the effect 1 on its own feature.
"""

import torch
from torch import Tensor

from tegum.studies.steering.params import Fit
from tegum.studies.steering.world import World

READERS = ("probes", "reencoded", "logits", "tied")
"""The fitted probes; sparse inference of f from the steered x; a random unembedding, against the
effect of the true intervention; the transpose V x."""


def scaled(vectors: Tensor, world: World, steered: int) -> Tensor:
    """The first vectors, with the norms of their features' amplitudes: (steered, input)."""
    unit = torch.nn.functional.normalize(vectors[:steered], dim=1)
    return unit * world.amplitudes[:steered, None]


def linear(vectors: Tensor, readers: Tensor, world: World) -> Tensor:
    """Effects on linear readers (feature, input): (steered, 1, feature)."""
    return (vectors @ readers.T / world.amplitudes)[:, None]


def reencoded(vectors: Tensor, world: World, section: Fit) -> Tensor:
    """Change of the inferred features on held-out samples: (steered, sample, feature)."""
    x = world.activations(world.held_out[: section.probed])
    moved = x + vectors[:, None]
    whole = torch.cat([x, moved.flatten(0, 1)]).float()
    codes = sparse_codes(whole, world.directions.float(), section.penalty, section.encoder_steps)
    before, after = codes[: len(x)], codes[len(x) :].unflatten(0, moved.shape[:2])
    return ((after - before) / world.amplitudes).double()


def sparse_codes(x: Tensor, directions: Tensor, penalty: float, steps: int) -> Tensor:
    """Non-negative f that minimises |x - V^T f|^2 / 2 + penalty * sum f: (sample, feature).

    The most probable f under an exponential prior; FISTA (Beck and Teboulle 2009). With the true V
    and few active features it finds f even where no linear probe can.
    """
    step = 1 / torch.linalg.matrix_norm(directions, 2) ** 2
    codes = ahead = x.new_zeros(len(x), len(directions))
    for k in range(steps):
        slope = (ahead @ directions - x) @ directions.T
        new = (ahead - step * (slope + penalty)).clamp_(min=0)
        ahead = new + k / (k + 3) * (new - codes)
        codes = new
    return codes


def per_feature(effects: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and off-target effect of each steered feature from (steered, sample, feature).

    gain: mean effect on the own feature. off-target: root of the summed squared effects on all
    others, mean over samples, over |gain|; infinite where there is no gain.
    """
    own = range(len(effects))
    gain = effects[own, :, own].mean(1)
    others = effects.clone()
    others[own, :, own] = 0
    offtarget = others.square().sum(2).mean(1).sqrt() / gain.abs()
    return gain, offtarget.nan_to_num(nan=torch.inf, posinf=torch.inf)


def against_truth(vectors: Tensor, true: Tensor, unembedding: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and off-target effect on logits: along the true intervention's, and across it."""
    found, wanted = vectors @ unembedding.T, true @ unembedding.T
    gain = (found * wanted).sum(1) / wanted.square().sum(1)
    across = (found - gain[:, None] * wanted).norm(dim=1)
    return gain, across / (gain.abs() * wanted.norm(dim=1))
