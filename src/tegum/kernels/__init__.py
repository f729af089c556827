"""Compiled kernels: training steps of particular models as plain loops, by numba."""
