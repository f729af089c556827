"""Settings of all tests."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

settings.register_profile("tegum", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("tegum")
