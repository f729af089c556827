"""The latents of a dictionary that read known labels best, one for each label."""

import numpy as np

from tegum.metrics.auroc import auroc

Array = np.ndarray


def best_latents(codes: Array, labels: Array, test_codes: Array, test_labels: Array) -> Array:
    """AUROC on test samples, (variable,), of the latents that are best on others by either sign.

    Codes are (sample, latent), labels (sample, variable).
    """
    first = auroc(codes, labels)
    best = np.abs(first - 0.5).argmax(0)
    found = np.diagonal(auroc(test_codes[:, best], test_labels))
    return np.where(first[best, np.arange(len(best))] > 0.5, found, 1 - found)
