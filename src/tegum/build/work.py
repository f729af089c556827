"""How much a cell has to do, from its parameters alone: what its seconds and bytes grow with.

A stage's work is counted as samples in a step times entries of its largest weight matrix, plus what
calling torch costs, times steps and what repeats them. The names are those that all studies share,
so that no study declares its cost. It is a rule of growth and not a count of operations: only
ratios are used. docs/cluster.md says how far it is off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from tegum.experiment.cell import Cell

Fields = Mapping[str, Any]

SAMPLES = (
    *("samples", "held_out", "evaluation_samples", "probe_samples", "n_train", "n_test", "n_fit"),
    *("n_pairs", "sequences", "functions", "k_points", "points", "directions", "resamples"),
)
"""Counts of samples of a stage that has no batches; their sum counts."""
REPEATS = ("starts", "rounds", "restarts", "tries", "runs", "depth", "n_layers", "context")
"""What does all of it so many times."""
LISTS = ("noise_levels", "sites", "controls")
"""Lists of what is done in turn in one cell."""
SIZES = (
    *("n_features", "n_inputs", "n_dimensions", "n_logits", "n_bits", "bits", "n_matches"),
    *("width", "mlp_width", "stream_width", "probe_width", "neurons", "n_neurons", "latents"),
    *("n_circuits", "n_bigrams"),
)
"""Sides of weight matrices; the two largest of a cell are those of its largest matrix."""
CALLS = 300_000
"""What the calls of one step cost, in samples times entries: where a step is smaller, its calls are
what takes time. Of the values tried, with which the sweeps at laptop scale foretell each other best
(between 10^5 and 10^6 all are alike)."""
FLOAT = 4
"""Bytes of a number in training."""
COPIES = 4
"""Weights, gradients, and the two moments of the optimiser."""
BATCHED_ENTRIES = 1 << 18
"""Entries of a cell's batch from which on a CPU handles one cell at a time (`training.engine`)."""


@dataclass(frozen=True)
class Work:
    """What one cell of one stage has to do."""

    steps: int
    """Optimiser steps; 0 of a stage that trains nothing."""
    samples: int
    """In a step, or, where nothing is trained, in all."""
    repeats: int
    sides: tuple[int, int]
    """Rows and columns of the largest weight matrix, the larger one first."""
    layered: bool = False
    """Whether the model is a transformer."""

    @property
    def amount(self) -> float:
        """What seconds grow with."""
        return float(max(1, self.steps) * self.repeats * (self.samples * self.matrix + CALLS))

    @property
    def matrix(self) -> int:
        """Entries of the largest weight matrix: what the bytes of a row grow with."""
        return prod(self.sides)

    def memory(self, cells: int, device: str) -> int:
        """Bytes that a job of so many cells needs at least: weights with what the optimiser keeps,
        and a batch; a GPU, and a CPU where batches are small, hold those of all cells at once."""
        batch = self.samples * self.sides[0]
        alone = not self.steps or (device == "cpu" and batch >= BATCHED_ENTRIES)
        weights = COPIES * self.matrix * cells if self.steps else self.matrix
        return FLOAT * (weights + batch * (1 if alone else cells))


def of_cell(cell: Cell) -> Work:
    """The work of one cell; a control that says nothing of a length has that of what it repeats."""
    near = [cell.params, *reversed(list(cell.upstream.values()))]
    return of_fields([section.model_dump() for section in near], repeats=cell.stage == "control")


def of_fields(sections: Sequence[Fields], repeats: bool = False) -> Work:
    """The work that sections say: the stage's own one first, then those of what it reads.

    Sizes are looked for in all; steps and samples in the others only of a stage that `repeats`.
    """
    own = next((s for s in sections if repeats and _lengths(s) != (0, 0)), sections[0])
    steps, samples = _lengths(own)
    merged = {name: value for s in reversed(sections) for name, value in s.items()}
    return Work(
        steps=steps,
        samples=max(1, samples),
        repeats=prod(max(1, len(sections[0].get(name) or ())) for name in LISTS)
        * prod(_count(own, name) or 1 for name in REPEATS),
        sides=_sides(merged),
        layered="n_layers" in merged,
    )


def _lengths(fields: Fields) -> tuple[int, int]:
    """Steps, and samples in a step; in all where there are no steps."""
    steps = sum(_count(fields, n) for n in fields if n == "steps" or n.endswith("_steps"))
    batches = [_count(fields, n) for n in fields if n == "batch" or n.endswith("_batch")]
    samples = sum(_count(fields, n) for n in SAMPLES)
    return steps, max(batches, default=samples) if steps else samples


def _sides(fields: Fields) -> tuple[int, int]:
    sizes = [_count(fields, name) for name in SIZES]
    sizes.append(_count(fields, "expansion") * _count(fields, "n_inputs"))
    first, second = sorted([1, 1, *sizes])[:-3:-1]
    return first, second


def _count(fields: Fields, name: str) -> int:
    """A number of things; 0 where there is none of this name."""
    value = fields.get(name)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
