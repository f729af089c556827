"""Variables of the environment that libraries obey when they compute, at the values of a build.

They are set before any of these libraries is loaded, whatever they were.
"""

FIXED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MKL_CBWR": "AUTO",
}
"""Sums are taken in another order on another number of threads, or by other kernels."""
