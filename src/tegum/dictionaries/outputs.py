"""What a model's outputs make of a dictionary's errors, of moves of its latents, and of lines.

One activation of each text is changed, the last one's: the same for small models and real ones.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp

from tegum.controls.activations import matched_gaussian
from tegum.dictionaries.quality import Coded
from tegum.metrics import perturbations as change
from tegum.metrics.geometry import unit
from tegum.metrics.substitutions import moves, substitutions
from tegum.synthetic.draws import Draws

Array = np.ndarray
Found = dict[str, Array | float]
"""Name to what was found."""


class Outputs:
    """Outputs of texts whose last activations are changed.

    Args:
        x: these activations, (sample, input).
        logits: from what is added to them, (sample, input), to logits (sample, output).
        following: the output that does come next, (sample,).
    """

    def __init__(self, x: Array, logits: Callable[[Array], Array], following: Array) -> None:
        self.x, self.logits, self._following = x, logits, following
        self.clean = logits(np.zeros_like(x))
        """Logits where nothing is changed, (sample, output)."""
        self.apart = change.divergence_from(self.clean)
        """From changed logits to KL divergences, (sample,)."""

    def substituted(self, made: Coded, mean: Array, errors: Array, seed: int) -> Found:
        """Means over samples of what `SUBSTITUTED` does.

        Args:
            made: what the dictionary makes of the activations.
            mean: the activation that stands for none, (input,).
            errors: errors of other activations, to whose covariance is matched: (other, input).
            seed: of what is drawn.
        """
        changed = substitutions(self.x, made.rebuilt, seed, errors) | {"mean": mean - self.x}
        logits = [self.logits(delta) for delta in changed.values()]
        before = self._loss(self.clean)
        return {
            "kl": np.array([self.apart(v).mean() for v in logits]),
            "loss": np.array([(self._loss(v) - before).mean() for v in logits]),
            "length": np.array([np.linalg.norm(v, axis=1).mean() for v in changed.values()]),
        }

    def moved(self, made: Coded, seed: int) -> Found:
        """Mean divergences over the samples in which active latents can move so far."""
        error = made.rebuilt - self.x
        changed = moves(made.codes, made.directions, np.linalg.norm(error, axis=1), Draws(seed))
        kept = np.isfinite(changed["active"]).all(1)
        if not kept.any():
            return {"movable": 0.0}
        apart = change.divergence_from(self.logits(error))
        after = (self.logits(error + np.nan_to_num(delta)) for delta in changed.values())
        return {
            "moved_kl": np.array([apart(logits)[kept].mean() for logits in after]),
            "movable": float(kept.mean()),
        }

    def along(self, made: Coded, held_out: Array, places: Array, seed: int) -> Found:
        """Divergences along `LINES`, as long as a mean activation's distance from the mean.

        Args:
            made: what the dictionary makes of the activations.
            held_out: other activations, (other, input).
            places: places on a line, from 0 to 1.
            seed: of what is drawn.
        """
        x, centred = self.x, held_out - held_out.mean(0)
        lines = [
            change.isotropic(x.shape, Draws(seed), 1),
            matched_gaussian(centred, seed + 1, len(x)),
            np.roll(x, 1, axis=0) - x,
            made.rebuilt - x,
        ]
        length, curves = distance(held_out), []
        for line in map(unit, lines):
            there = [self.apart(self.logits(place * length * line)) for place in places]
            curves.append(np.stack(there, axis=1))
        return {
            "line_kl": np.array([curve.mean(0) for curve in curves]),
            "half": np.array([change.half_height(places, curve).mean() for curve in curves]),
        }

    def _loss(self, logits: Array) -> Array:
        """Cross-entropy on what comes next, in nats: (sample,)."""
        chosen = np.take_along_axis(logits, self._following[:, None], 1)[:, 0]
        return logsumexp(logits, axis=1) - chosen


def distance(activations: Array) -> float:
    """Of a mean activation from their mean."""
    return float(np.linalg.norm(activations - activations.mean(0), axis=1).mean())
