"""Random draws that are pure functions of (stream seed, purpose, step).

The generator is SFC64 (Doty-Humphrey, PractRand), whose state is three 64-bit words and a counter.
The words are set to (seed, step, tag) and 16 outputs are thrown away (the reference asks for 12),
so that any step of any stream is reached at once, and neither the order of the calls nor the
company of other streams matters. Its raw output is fixed for ever, unlike that of a distribution
method of numpy or torch.
"""

from collections.abc import Sequence

import numpy as np

FEATURES, NOISE, EMBEDDER, INIT, MINIBATCH = range(1, 6)
"""Tags that keep apart the draws which one stream seed serves."""

_WARM_UP = 16


class Draws:
    """One named stream of random numbers, addressed by (tag, step)."""

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self._bits = np.random.SFC64(0)
        self._generator = np.random.Generator(self._bits)

    def _seek(self, tag: int, step: int) -> None:
        words = np.array([self.seed, step, tag, 1], dtype=np.uint64)
        self._bits.state = {
            "bit_generator": "SFC64",
            "state": {"state": words},
            "has_uint32": 0,
            "uinteger": 0,
        }
        self._bits.random_raw(_WARM_UP, output=False)

    def integers(self, count: int, tag: int, step: int = 0) -> np.ndarray:
        """``count`` signed 32-bit integers, uniform over their whole range: (count,) int32."""
        self._seek(tag, step)
        return self._bits.random_raw((count + 1) // 2).view(np.int32)[:count]

    def uniform(self, shape: Sequence[int], tag: int, step: int = 0) -> np.ndarray:
        """Uniform on [0, 1), float32 with 24 random bits."""
        words = self.integers(int(np.prod(shape)), tag, step).view(np.uint32)
        return ((words >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)).reshape(shape)

    def normal(self, shape: Sequence[int], tag: int, step: int = 0) -> np.ndarray:
        """Standard normal, float32."""
        self._seek(tag, step)
        return self._generator.standard_normal(tuple(shape), dtype=np.float32)
