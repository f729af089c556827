"""What the trained model says of last tokens whose activation is changed; rows (cell, ...)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.controls.activations import matched_gaussian
from tegum.data.letters import utf8
from tegum.data.unmeasured import unmeasured
from tegum.dictionaries.of_cells import fitted
from tegum.dictionaries.outputs import Outputs, distance
from tegum.dictionaries.quality import Coded, coded
from tegum.dictionaries.study import Fitted
from tegum.experiment.cell import Cell, Context
from tegum.interop.models.continued import Continued
from tegum.interop.models.tiny import named
from tegum.metrics import perturbations as change
from tegum.metrics.geometry import unit
from tegum.metrics.latent_tokens import token_entropy
from tegum.metrics.reconstruction import fvu
from tegum.metrics.spheres import KINDS, around, great_circle
from tegum.metrics.substitutions import LINES, MOVES, SUBSTITUTED
from tegum.studies.real_dictionaries import states
from tegum.studies.real_dictionaries.params import ACTIVE, MIXED, Control, Generate
from tegum.studies.real_dictionaries.schema import (
    BYTES,
    ENDS,
    ON_SPHERES,
    OUTPUTS,
    SCHEMAS,
    TOKENS,
)
from tegum.synthetic.draws import FEATURES, Draws

Array = np.ndarray
Found = Mapping[str, Any]
"""Name to what was found."""


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit the dictionary of each cell and change what the model's activations say."""
    p = cells[0].params
    there = bool(rows["generate"]["available"].values.all()) and states.available()
    sizes = {
        "substitution": len(SUBSTITUTED),
        "move": len(MOVES),
        "line": len(LINES),
        "distance": p.distances,
        "latent": p.tested,
        "example": p.examples,
        "offset": 2 * p.around + 1,
        "byte": BYTES,
        "end": len(ENDS),
        "token": TOKENS,
        "radius": len(p.radii),
        "kind": len(ON_SPHERES),
        "angle": p.angles,
    }
    found = unmeasured(OUTPUTS, len(cells), sizes)
    if there:
        seen = states.all_of([cell.upstream["generate"] for cell in cells])
        fits = dictionaries(cells, context.device)
        for i, measured in enumerate(map(_measured, cells, fits, seen)):
            for name, value in measured.items():
                found[name][i] = value
    found["available"] = np.full(len(cells), float(there))
    labels = {"substitution": SUBSTITUTED, "move": MOVES, "line": LINES, "end": ENDS}
    labels |= {"kind": ON_SPHERES}
    coords = {name: np.array(values, object) for name, values in labels.items()}
    coords |= {"distance": np.linspace(0.0, 1.0, p.distances), "radius": np.array(p.radii)}
    coords |= {"angle": np.linspace(0.0, 360.0, p.angles)}
    coords |= {"offset": np.arange(-p.around, p.around + 1)}
    return SCHEMAS["control"].dataset(found, coords)


def dictionaries(cells: Sequence[Cell[Control]], device: str) -> list[Fitted]:
    """The dictionary of each cell."""
    seen = states.all_of([cell.upstream["generate"] for cell in cells])
    return fitted([one.fitted for one in seen], cells, [cell.params for cell in cells], device)


def _measured(cell: Cell[Control], fit: Fitted, seen: states.States) -> Found:
    p, seed = cell.params, cell.stream("control")
    section: Generate = cell.upstream["generate"]
    read = _read(cell)
    made = coded(fit.dictionary, torch.from_numpy(read.x))
    held = coded(fit.dictionary, torch.from_numpy(seen.held_out))
    errors = held.rebuilt - seen.held_out
    chosen = _chosen(held.codes, p.tested)
    found, effects = _added(read, held, seen, chosen, seed)
    return {
        "fvu": fvu(seen.held_out, held.rebuilt),
        "loss_change": fit.changes["loss_change"],
        **read.substituted(made, seen.fitted.mean(0), errors, seed),
        **read.moved(made, seed),
        **read.along(made, seen.held_out, np.linspace(0.0, 1.0, p.distances), seed),
        **_on_spheres(cell, fit, held, seen),
        **found,
        **_Shown(named(section.model).tokenizer, seen, p).page(held.codes[:, chosen], effects),
    }


def _texts(cell: Cell[Control]) -> Array:
    """Tokens behind those that dictionaries are fitted to and measured on; others per seed.

    Shape (sample, position); the last position is what comes next.
    """
    p, section = cell.params, cell.upstream["generate"]
    skipped = -(-(section.sequences + section.held_out) * section.context // p.tokens)
    skipped += cell.seed * p.samples
    return states.texts(section.model, p.samples, p.tokens + 1, 1, skipped).ids


def _read(cell: Cell[Control], most: int | None = None) -> Outputs:
    """The texts, or the first so many of them, read up to their last token."""
    tokens, section = _texts(cell)[:most], cell.upstream["generate"]
    said = Continued(named(section.model), tokens[:, :-1], section.layer)
    return Outputs(said.activations(), said.logits, tokens[:, -1])


def _on_spheres(cell: Cell[Control], fit: Fitted, held: Coded, seen: states.States) -> Found:
    """Divergences over the median of random directions as long, means over the samples."""
    p, seed = cell.params, cell.stream("control")
    read, draws, spread = _read(cell, p.on_spheres), Draws(seed), distance(seen.held_out)
    x, dead = read.x, ~held.codes.any(0)
    kinds, circles = [], []
    for sample, code in enumerate(coded(fit.dictionary, torch.from_numpy(x)).codes):
        on = np.argsort(-code, kind="stable")[: min(ACTIVE, p.k)]
        drawn = draws.uniform(code.shape, FEATURES, sample)
        off = np.lexsort((drawn, dead, code > 0))[:MIXED]  # those that fire elsewhere
        active, inactive = held.directions[on], held.directions[off]
        kinds.append(around(active, inactive, MIXED, draws, sample))
        circles.append(great_circle(unit(active[0]), inactive[0], p.angles))
    rows = {name: np.stack([one[name] for one in kinds], axis=1) for name in KINDS}
    centred = seen.held_out - seen.held_out.mean(0)
    matched = matched_gaussian(centred, seed + 2, MIXED * len(x))
    rows["equal covariance"] = matched.reshape(MIXED, *x.shape)
    random = change.isotropic((p.directions, *x.shape), draws, 6)

    def apart(directions: Array, radius: float) -> Array:
        """(direction, sample) of directions (direction, sample, input)."""
        moved: Array = radius * spread * unit(directions)
        return read.apart(read.logits(moved))

    bases = [np.median(apart(random, radius), axis=0) for radius in p.radii]
    peaks = [
        [(apart(rows[name], radius).mean(0) / base).mean() for name in ON_SPHERES]
        for radius, base in zip(p.radii, bases, strict=True)
    ]
    middle = len(p.radii) // 2
    circle = apart(np.stack(circles, axis=1), p.radii[middle]) / bases[middle]
    return {"sphere_peak": np.array(peaks), "sphere_circle": circle.mean(1)}


def _chosen(codes: Array, tested: int) -> Array:
    """Numbers of latents evenly spaced in how often they fire, the most frequent first."""
    density = (codes > 0).mean(0)
    alive = np.flatnonzero(density)
    order = alive[np.argsort(-density[alive], kind="stable")]
    return order[np.linspace(0, len(order) - 1, tested).astype(int)]


def _added(
    read: Outputs, held: Coded, seen: states.States, chosen: Array, seed: int
) -> tuple[Found, Array]:
    """Latents that are added by as much as they are on average where they fire.

    Also returns the mean changes of logits, (latent, token), whose mean over tokens is 0.
    """
    codes, tested = held.codes[:, chosen], len(chosen)
    size = codes.sum(0) / (codes > 0).sum(0)
    centred = seen.held_out - seen.held_out.mean(0)
    kinds = {
        "latent_kl": held.directions[chosen],
        "random_kl": change.isotropic((tested, read.x.shape[1]), Draws(seed), 5),
        "matched_kl": unit(matched_gaussian(centred, seed, tested)),
    }
    found: dict[str, Any] = {
        "latent_place": chosen.astype(float),
        "latent_density": (codes > 0).mean(0),
        "latent_entropy": token_entropy(codes, seen.tokens),
    }
    effects = []
    for kind, directions in kinds.items():
        divergences = []
        for delta in directions * size[:, None]:
            logits = read.logits(np.broadcast_to(delta, read.x.shape))
            divergences.append(read.apart(logits).mean())
            if kind == "latent_kl":
                moved = (logits - read.clean).mean(0)
                effects.append(moved - moved.mean())
        found[kind] = np.array(divergences)
    return found, np.stack(effects)


@dataclass(frozen=True)
class _Shown:
    """What the pages of latents show."""

    tokenizer: Any
    seen: states.States
    params: Control

    def page(self, codes: Array, effects: Array) -> Found:
        """Where latents fire most, and the tokens that they raise and lower most.

        Args:
            codes: of the tested latents on held-out rows, (token, latent).
            effects: mean changes of logits, (latent, token of the vocabulary).
        """
        texts, places, around = self.seen.texts, self.seen.places, self.params.around
        whole = np.zeros((*texts.shape, codes.shape[1]), np.float32)
        whole[places[:, 0], places[:, 1]] = codes
        most = np.argsort(-codes, axis=0, kind="stable")[: self.params.examples].T
        sequence, position = (one[..., None] for one in np.moveaxis(places[most], -1, 0))
        at = position + np.arange(-around, around + 1)
        inside = (at >= 0) & (at < texts.shape[1])
        at = np.where(inside, at, 0)
        latent = np.arange(codes.shape[1])[:, None, None]
        peaks = np.where(inside, whole[sequence, at, latent], 0.0)
        order = np.argsort(-effects, axis=1, kind="stable")
        ends = np.stack([order[:, :TOKENS], order[:, ::-1][:, :TOKENS]], axis=1)
        return {
            "peak": peaks,
            "peak_text": self._words(texts[sequence, at]) * inside[..., None],
            "effect": np.take_along_axis(effects[:, None], ends, axis=2),
            "effect_text": self._words(ends),
        }

    def _words(self, tokens: Array) -> Array:
        """Texts of tokens (...), as bytes (..., byte)."""
        kinds, places = np.unique(tokens, return_inverse=True)
        texts = [utf8(states.word(self.tokenizer, int(t)), BYTES) for t in kinds]
        return np.array(texts, np.uint8)[places.reshape(tokens.shape)]
