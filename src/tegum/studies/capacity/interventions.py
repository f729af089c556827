"""Interventions on trained quadratic models, as the comments under Scherlis et al. 2022 propose.

Flattening: a penalty lambda_f sum_i C_i (1 - C_i) is ramped up or down, held, and released; or it
is laid on one feature after another. Masking: the least useful feature is removed from inputs and
target, again and again. Each phase begins with a little weight noise, since a feature without
embedding is a saddle that no gradient leaves.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import variable
from tegum.metrics.capacity import capacities
from tegum.models.quadratic import Quadratic
from tegum.studies.capacity.allocation import labelled, trained
from tegum.studies.capacity.params import Train
from tegum.studies.capacity.problems import values
from tegum.synthetic.batches import NoBatches
from tegum.theory import quadratic as theory
from tegum.training.loop import Loop
from tegum.training.plan import Plan, padded
from tegum.training.recorders import WeightsRecorder
from tegum.training.schedules import Schedule

PHASES = ("trained", "ramped", "held", "moved", "settled", "released")
SHARED = (0.05, 0.95)
"""Capacities between which a feature is still to be flattened, one at a time."""


def flatten(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Embeddings (cell, checkpoint, feature, hidden) when trained, and at looks into each phase.

    `ramp` up: 0 -> strength. Down: 0 -> ceiling -> strength. Each ramp is followed by a phase at
    the strength that it reached; the release is sudden, with noise of its own.
    """
    first: Train = cells[0].params
    model, start, change = trained(cells, context)
    pad: list[Train] = [c.params for c in padded(list(cells))]
    last = np.array([p.strength for p in pad])
    top = np.array([p.ceiling if p.ramp == "down" else p.strength for p in pad])
    legs = [(s, first.phase_steps, first.phase_steps // 2) for s in (top, top, last, last)]
    legs.append((np.zeros_like(last), first.release_steps, 1))
    seen, phase, steps = [start[:, None]], [0], [first.steps]
    for number, (strength, length, ramp) in enumerate(legs, start=1):
        everywhere = np.repeat(strength[:, None], first.n_features, axis=1)
        released = number == len(legs)
        noise = [p.release_noise if released else p.weight_noise for p in pad]
        looks = first.release_looks if released else first.looks
        epsilon = first.release_epsilon if released else None
        done, found = _phase(model, cells, number, noise, everywhere, length, ramp, looks, epsilon)
        seen.append(found)
        phase += [number] * len(done)
        steps += [steps[-1] + n for n in done]
    rows = labelled(
        {
            "embedding": (("checkpoint", "feature", "hidden"), np.concatenate(seen, axis=1)),
            "loss_change": ((), change),
        }
    )
    rows["embedding"] = rows["embedding"].astype(np.float32, keep_attrs=True)
    return rows.assign_coords(
        phase=variable("checkpoint", phase, f"phase: {', '.join(PHASES)}", "1"),
        step=variable("checkpoint", steps, "optimiser steps", "1"),
    )


def flatten_one(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Embeddings after training and after each round (cell, round, feature, hidden).

    A round lays the penalty of sufficient strength on the shared feature whose marginal return
    falls most steeply, and keeps it there; once none is shared, nothing changes.
    """
    first: Train = cells[0].params
    model, start, change = trained(cells, context)
    value, kurtosis = _problem(cells)
    strength = np.zeros_like(value)
    noise = [first.weight_noise] * model.n_cells
    seen, chosen = [start], []
    for number in range(1, first.rounds + 1):
        capacity = capacities(_weights(model))
        shared = (capacity > SHARED[0]) & (capacity < SHARED[1])
        slope = np.where(shared, theory.return_slope(capacity, value, kurtosis), 0.0)
        steepest, any_left = slope.argmin(1), shared.any(1)
        enough = theory.envelope_strength(value, kurtosis)
        cell = np.flatnonzero(any_left)
        strength[cell, steepest[cell]] = enough[cell, steepest[cell]]
        ramp = first.phase_steps // 2
        _, found = _phase(model, cells, number, noise, strength, first.phase_steps, ramp, 1)
        seen.append(found[:, -1])
        chosen.append(np.where(any_left, steepest, -1)[: len(cells)])
    return _rounds(seen, chosen, change)


def mask(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Embeddings after training and after each removal (cell, round, feature, hidden)."""
    first: Train = cells[0].params
    model, start, change = trained(cells, context)
    value, kurtosis = _problem(cells)
    pad = padded(list(cells))
    there = np.ones_like(value, dtype=bool)
    noise, no_penalty = [first.weight_noise] * model.n_cells, np.zeros_like(value)
    seen, chosen = [start], []
    for number in range(1, first.rounds + 1):
        capacity = capacities(_weights(model))
        benefit = theory.feature_loss(0.0, value, kurtosis)
        rankings = {
            "marginal_return": theory.marginal_return(capacity, value, kurtosis),
            "benefit": benefit - theory.feature_loss(capacity, value, kurtosis),
            "random": np.stack(
                [
                    np.random.default_rng([c.stream("control"), number]).random(len(v))
                    for c, v in zip(pad, value, strict=True)
                ]
            ),
        }
        score = np.stack([rankings[c.params.ranking][i] for i, c in enumerate(pad)])
        least = np.where(there, score, np.inf).argmin(1)
        there[np.arange(len(pad)), least] = False
        model.remove(least)
        _, found = _phase(model, cells, number, noise, no_penalty, first.phase_steps, 1, 1)
        seen.append(found[:, -1])
        chosen.append(least[: len(cells)])
    return _rounds(seen, chosen, change)


def _phase(
    model: Quadratic,
    cells: Sequence[Any],
    number: int,
    noise: list[float],
    strength: np.ndarray,
    steps: int,
    ramp: int,
    looks: int,
    epsilon: float | None = None,
) -> tuple[list[int], np.ndarray]:
    """Disturb, move the strengths, train on: updates done at each look, embeddings then."""
    pad = padded(list(cells))
    model.disturb(noise, [c.stream("init") for c in pad], number)
    model.flatten(strength, ramp)
    done = sorted({max(1, round(steps * (look + 1) / looks)) for look in range(looks)})
    plan = Plan(
        steps=steps,
        learning_rate=[c.params.learning_rate for c in pad],
        schedule=Schedule("linear_decay_second_half", steps),
        checkpoints=tuple(n - 1 for n in done),
        eps=epsilon,
    )
    stream = NoBatches(model.n_cells)
    loop = Loop(model, stream, plan, WeightsRecorder(), keep=len(cells))
    return done, loop.run().records["embedding"]


def _problem(cells: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Values (model, feature) and kurtosis (model, 1) of a padded ensemble."""
    each: list[Train] = [c.params for c in padded(list(cells))]
    return np.stack([values(p) for p in each]), np.array([[p.kurtosis] for p in each])


def _weights(model: Quadratic) -> np.ndarray:
    return model.embedding.detach().cpu().numpy()


def _rounds(seen: list[np.ndarray], chosen: list[np.ndarray], change: np.ndarray) -> xr.Dataset:
    """Rounds from 0 (trained, with the loss change of this training); there nothing is chosen."""
    none = np.full_like(chosen[0], -1)
    return labelled(
        {
            "embedding": (("round", "feature", "hidden"), np.stack(seen, axis=1)),
            "chosen": (("round",), np.stack([none, *chosen], axis=1)),
            "loss_change": ((), change),
        }
    )
