"""Independent sparse features as lists of what is active, drawn by a compiled kernel."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.kernels.draws import sparse_batches
from tegum.synthetic.batches import Stream
from tegum.synthetic.sets import Correlation, FeatureStream


class ListStream(Stream):
    """Batches of the law of independent ``sets.FeatureStream``, at the cost of what is active.

    A batch is ``starts`` (cell, sample + 1), where in the lists each sample begins, ``features``
    and ``values`` (cell, entry). A list is as long as the longest of the batch; what lies behind a
    cell's own end means nothing. Cells with an equal seed share the numbers that are drawn.

    Arguments
    ---------
    seeds: the data stream of each cell.
    probabilities: (cell, feature), each above 0 in one feature at least.
    batch: samples in a batch.
    """

    def __init__(self, *, seeds: Sequence[int], probabilities: np.ndarray, batch: int) -> None:
        self.n_cells, self._batch = len(seeds), batch
        self._seeds = np.array([seed % 2**64 for seed in seeds], dtype=np.uint64)
        self._largest = probabilities.max(1).astype(np.float64)
        self._relative = (probabilities / self._largest[:, None]).astype(np.float32)
        size = self.n_cells, batch * probabilities.shape[1]
        self._features, self._values = np.empty(size, np.int32), np.empty(size, np.float32)

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """The lists of a step."""
        starts = np.empty((self.n_cells, self._batch + 1), np.int32)
        longest = sparse_batches(
            self._seeds, step, self._largest, self._relative, starts, self._features, self._values
        )
        lists = (array[:, :longest].copy() for array in (self._features, self._values))
        return (torch.from_numpy(starts), *map(torch.from_numpy, lists))

    def select(self, cell: int) -> "ListStream":
        """One cell alone draws for itself alone."""
        return ListStream(
            seeds=[int(self._seeds[cell])],
            probabilities=(self._relative[cell] * self._largest[cell])[None],
            batch=self._batch,
        )


def dense(batch: tuple[Tensor, ...], n_features: int) -> Tensor:
    """A sparse batch as features (cell, sample, feature)."""
    starts, features, values = batch
    found = torch.zeros(len(starts), starts.shape[1] - 1, n_features)
    for cell, sizes in enumerate(starts.diff(dim=1)):
        sample = torch.arange(len(sizes)).repeat_interleave(sizes)
        found[cell, sample, features[cell, : len(sample)].long()] = values[cell, : len(sample)]
    return found


def feature_stream(
    engine: str,
    *,
    seeds: Sequence[int],
    probabilities: np.ndarray,
    batch: int,
    correlation: Correlation = "independent",
    set_size: int = 1,
    device: str = "cpu",
) -> Stream:
    """What models of features are trained on: a `ListStream` where the engine is to be compiled.

    Args:
        engine: `torch`, `compiled` or `auto` (`experiment.params.Compilable`).

    The other arguments are those of `FeatureStream`.

    Raises:
        TegumError: if the engine has to be compiled and no kernel serves.
    """
    serves = correlation == "independent" and torch.device(device).type == "cpu"
    if engine == "compiled" and not serves:
        raise TegumError(
            "engine: compiled is for independent features on a CPU; set engine: auto or torch"
        )
    if engine != "torch" and serves:
        return ListStream(seeds=seeds, probabilities=probabilities, batch=batch)
    return FeatureStream(
        seeds=seeds,
        probabilities=probabilities,
        batch=batch,
        correlation=correlation,
        set_size=set_size,
        device=device,
    )
