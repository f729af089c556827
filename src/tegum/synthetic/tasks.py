"""The tasks of Jermyn, Schiefer, Hubinger 2022 (arXiv 2211.09169) as streams.

``decoder``: recover the features f from x = P f. ``random_projection``: map x to Q f with a second,
independent embedder Q. ``absolute_value``: f = f1 - f2, each with half the probability; recover
|f| from x = P f.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, NOISE, Draws
from tegum.synthetic.features import checked_probabilities, embedder, sparse_features

Task = Literal["decoder", "random_projection", "absolute_value"]
TASKS: tuple[Task, ...] = ("decoder", "random_projection", "absolute_value")

_TARGET_EMBEDDER = 1 << 62
_CPU_UNIT = 2.0**31


class SuperpositionStream(Stream):
    """Batches (inputs (cell, sample, input), targets (cell, sample, output)).

    Cells with an equal seed share their uniform draws and their noise, whatever their
    probabilities, embedders and noise strengths; shared work is done once.

    Arguments
    ---------
    task: one of ``TASKS``.
    seeds: the data stream of each cell.
    n_inputs: dimension of x.
    probabilities: (cell, feature), as ``feature_probabilities`` makes them.
    batch: samples in a batch.
    embedder_seeds: which embedder each cell has; ``seeds`` by default. An evaluation stream must be
        given those of its training stream.
    noise: standard deviation of Gaussian input noise of each cell; none by default.
    device: where batches are made. Numbers on "cuda" differ from those on "cpu".
    """

    def __init__(
        self,
        *,
        task: Task,
        seeds: Sequence[int],
        n_inputs: int,
        probabilities: np.ndarray,
        batch: int,
        embedder_seeds: Sequence[int] | None = None,
        noise: Sequence[float] | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        if task not in TASKS:
            raise TegumError(f"unknown task {task!r}; give one of {', '.join(TASKS)}.")
        probabilities = checked_probabilities(probabilities, len(seeds))
        self.n_cells, self.n_inputs, self.n_samples = len(seeds), n_inputs, batch
        self.task: Task = task
        self.n_features = probabilities.shape[1]
        self.device = torch.device(device)
        self._seeds = [int(seed) for seed in seeds]
        self._embedder_seeds = [int(seed) for seed in (embedder_seeds or seeds)]
        self._probabilities = probabilities
        self._noise = None if noise is None else [float(sigma) for sigma in noise]
        self._signed = task == "absolute_value"

        self._unique = list(dict.fromkeys(self._seeds))
        keys = [
            (seed, embedding, row.tobytes())
            for seed, embedding, row in zip(
                self._seeds, self._embedder_seeds, probabilities, strict=True
            )
        ]
        groups = list(dict.fromkeys(keys))
        first = [keys.index(group) for group in groups]
        stream_of_group = [self._unique.index(group[0]) for group in groups]
        self._group_of_cell = self._index([groups.index(key) for key in keys])
        self._stream_of_group = self._index(stream_of_group)
        self._stream_of_cell = self._index([self._unique.index(seed) for seed in self._seeds])
        self._draws = [Draws(seed) for seed in self._unique]

        active = probabilities[first] / (2.0 if self._signed else 1.0)
        unit = _CPU_UNIT if self.device.type == "cpu" else 1.0
        self._inverse = self._tensor(1.0 / (active * unit))[:, None, :]
        matrices = {
            seed: embedder(self.n_features, n_inputs, seed)
            for seed in dict.fromkeys(self._embedder_seeds)
        }
        self.embedding = self._tensor(np.stack([matrices[seed] for seed in self._embedder_seeds]))
        """P: (cell, input, feature)."""
        self.probabilities = self._tensor(probabilities)
        """(cell, feature)."""
        self._input_matrix = [self.embedding[cell].T for cell in first]
        self._target_matrix: list[Tensor] = []
        if task == "random_projection":
            targets = {
                seed: self._tensor(embedder(self.n_features, n_inputs, seed ^ _TARGET_EMBEDDER))
                for seed in matrices
            }
            self._target_matrix = [targets[self._embedder_seeds[cell]].T for cell in first]
        self._sigma = None if self._noise is None else self._tensor(self._noise)[:, None, None]

    @property
    def n_outputs(self) -> int:
        return self.n_inputs if self.task == "random_projection" else self.n_features

    def latent(self, step: int) -> Tensor:
        """The features of a batch, signed for ``absolute_value``: (cell, sample, feature)."""
        return self._spread(self._features(step), self._group_of_cell)

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        features = self._features(step)
        inputs = self._spread(_project(features, self._input_matrix), self._group_of_cell)
        if self._sigma is not None:
            noise = self._spread(self._normal(step), self._stream_of_cell)
            inputs = torch.addcmul(inputs, noise, self._sigma)
        if self.task == "random_projection":
            features = _project(features, self._target_matrix)
        elif self._signed:
            features = features.abs_()
        return inputs, self._spread(features, self._group_of_cell)

    def select(self, cell: int) -> "SuperpositionStream":
        return SuperpositionStream(
            task=self.task,
            seeds=self._seeds[cell : cell + 1],
            n_inputs=self.n_inputs,
            probabilities=self._probabilities[cell : cell + 1],
            batch=self.n_samples,
            embedder_seeds=self._embedder_seeds[cell : cell + 1],
            noise=None if self._noise is None else self._noise[cell : cell + 1],
            device=self.device,
        )

    def _features(self, step: int) -> Tensor:
        """Features of each group of cells that share them: (group, sample, feature)."""
        magnitude = self._magnitudes(step)
        if not self._signed:
            return sparse_features(self._spread(magnitude, self._stream_of_group), self._inverse)
        positive, negative = (
            sparse_features(self._spread(half, self._stream_of_group), self._inverse)
            for half in magnitude.chunk(2, dim=1)
        )
        return positive.sub_(negative)

    def _magnitudes(self, step: int) -> Tensor:
        """Uniform draws of each unique stream: (stream, sample, feature).

        On a CPU they are magnitudes of signed 32-bit integers, in units of 2^-31, which are exact
        as floats near zero, where features are active. Signed tasks get twice the samples, one
        half per sign.
        """
        samples = self.n_samples * (2 if self._signed else 1)
        shape = (len(self._unique), samples, self.n_features)
        if self.device.type != "cpu":
            return self._on_device(torch.rand, shape, FEATURES, step)
        magnitude = torch.empty(shape)
        for row, draws in zip(magnitude, self._draws, strict=True):
            words = draws.integers(samples * self.n_features, FEATURES, step)
            row.view(-1).copy_(torch.from_numpy(words))
        return magnitude.abs_()

    def _normal(self, step: int) -> Tensor:
        shape = (self.n_samples, self.n_inputs)
        if self.device.type != "cpu":
            return self._on_device(torch.randn, (len(self._unique), *shape), NOISE, step)
        rows = [torch.from_numpy(draws.normal(shape, NOISE, step)) for draws in self._draws]
        return torch.stack(rows)

    def _on_device(self, draw, shape: tuple[int, ...], tag: int, step: int) -> Tensor:
        out = torch.empty(shape, device=self.device)
        for row, draws in zip(out, self._draws, strict=True):
            seed = int(draws.integers(2, tag, step).view(np.int64)[0]) & (2**63 - 1)
            generator = torch.Generator(self.device).manual_seed(seed)
            draw(row.shape, generator=generator, device=self.device, out=row)
        return out

    def _spread(self, values: Tensor, index: Tensor | None) -> Tensor:
        return values if index is None else values.index_select(0, index)

    def _index(self, positions: list[int]) -> Tensor | None:
        """A gather index, or none where it would only copy."""
        if positions == list(range(max(positions) + 1)):
            return None
        return torch.tensor(positions, device=self.device)

    def _tensor(self, values: np.ndarray | Sequence[float]) -> Tensor:
        return torch.as_tensor(np.asarray(values), dtype=torch.float32, device=self.device)


def _project(features: Tensor, matrices: Sequence[Tensor]) -> Tensor:
    """(group, sample, feature) times a (feature, dimension) matrix of each group.

    One product per group: a batched product may pick another kernel for another number of groups.
    """
    out = features.new_empty((*features.shape[:2], matrices[0].shape[1]))
    for row, values, matrix in zip(out, features, matrices, strict=True):
        torch.mm(values, matrix, out=row)
    return out
