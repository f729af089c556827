"""Products with codes of which most are 0: (cell, sample, latent) by (cell, latent, input).

Every cell is computed alone, sample by sample, so that its bits do not depend on its company.
"""

import numpy as np
from numpy.typing import NDArray

from tegum.kernels.jit import compiled

Array = NDArray[np.float32]
Places = NDArray[np.int32]


@compiled
def nonzero(codes: Array, places: Places, counts: Places) -> None:
    """Fill the places of the codes that are not 0, and how many there are.

    Args:
        codes: (cell, sample, latent).
        places: filled, of the same shape; what lies behind the count of a sample is not to be read.
        counts: filled, (cell, sample).
    """
    cells, samples, latents = codes.shape
    for cell in range(cells):
        for sample in range(samples):
            count = 0
            for latent in range(latents):
                places[cell, sample, count] = latent
                count += codes[cell, sample, latent] != 0.0
            counts[cell, sample] = count


@compiled
def add_decoded(
    codes: Array, places: Places, counts: Places, decoder: Array, output: Array
) -> None:
    """Add codes times decoder to the output, (cell, sample, input)."""
    cells, samples, _ = codes.shape
    n_inputs = decoder.shape[2]
    for cell in range(cells):
        for sample in range(samples):
            row = output[cell, sample]
            for place in range(counts[cell, sample]):
                latent = places[cell, sample, place]
                code, direction = codes[cell, sample, latent], decoder[cell, latent]
                for i in range(n_inputs):
                    row[i] += code * direction[i]


@compiled
def add_products(
    codes: Array, places: Places, counts: Places, vectors: Array, output: Array
) -> None:
    """Add to the output (cell, latent, input) the sum over samples of codes times vectors.

    Args:
        vectors: (cell, sample, input).
    """
    cells, samples, _ = codes.shape
    n_inputs = vectors.shape[2]
    for cell in range(cells):
        for sample in range(samples):
            vector = vectors[cell, sample]
            for place in range(counts[cell, sample]):
                latent = places[cell, sample, place]
                code, row = codes[cell, sample, latent], output[cell, latent]
                for i in range(n_inputs):
                    row[i] += code * vector[i]


@compiled
def projections(
    places: Places, counts: Places, decoder: Array, vectors: Array, output: Array
) -> None:
    """Fill the output (cell, sample, latent) with vectors times directions, at the places alone.

    Args:
        decoder: (cell, latent, input).
        vectors: (cell, sample, input).
    """
    cells, samples, n_inputs = vectors.shape
    for cell in range(cells):
        for sample in range(samples):
            vector = vectors[cell, sample]
            for place in range(counts[cell, sample]):
                latent = places[cell, sample, place]
                direction, total = decoder[cell, latent], np.float32(0.0)
                for i in range(n_inputs):
                    total += direction[i] * vector[i]
                output[cell, sample, latent] = total


@compiled
def positive(codes: Array, places: Places, counts: Places) -> None:
    """As `nonzero`, for the codes that are above 0."""
    cells, samples, latents = codes.shape
    for cell in range(cells):
        for sample in range(samples):
            count = 0
            for latent in range(latents):
                places[cell, sample, count] = latent
                count += codes[cell, sample, latent] > 0.0
            counts[cell, sample] = count


@compiled
def add_sums(codes: Array, places: Places, counts: Places, output: Array) -> None:
    """Add to the output (cell, latent) the codes at the places, summed over samples."""
    cells, samples, _ = codes.shape
    for cell in range(cells):
        for sample in range(samples):
            for place in range(counts[cell, sample]):
                latent = places[cell, sample, place]
                output[cell, latent] += codes[cell, sample, latent]


@compiled
def add_shifts(shifts: Array, places: Places, counts: Places, output: Array) -> None:
    """Add shifts (cell, latent) to the output (cell, sample, latent) at the places alone."""
    cells, samples, _ = output.shape
    for cell in range(cells):
        for sample in range(samples):
            for place in range(counts[cell, sample]):
                latent = places[cell, sample, place]
                output[cell, sample, latent] += shifts[cell, latent]
