"""Unit directions, more than there are dimensions, pushed apart from each other."""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from tegum.synthetic.draws import EMBEDDER, Draws

RATE = 0.01
"""Adam's learning rate."""


@lru_cache(maxsize=16)
def spread_directions(seed: int, count: int, dimensions: int, steps: int) -> NDArray[np.float32]:
    """Random unit rows (count, dimension) after some steps of Adam on the sum of cos^4.

    The sum runs over all pairs of rows. The array is not to be changed.
    """
    drawn = torch.from_numpy(Draws(seed).normal((count, dimensions), EMBEDDER))
    rows = torch.nn.Parameter(torch.nn.functional.normalize(drawn))
    optimiser = torch.optim.Adam([rows], lr=RATE)
    for _ in range(steps):
        unit = torch.nn.functional.normalize(rows)
        gram = unit @ unit.T
        loss = gram.square().square().sum() - (unit**2).sum(1).square().square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return torch.nn.functional.normalize(rows).numpy()
