"""Where findings come from, and what those about trained models share."""

from functools import partial

from tegum.ledger.findings import finding

PAPER = "Elhage et al. 2022, Toy Models of Superposition"
PROTOTYPE = f"{PAPER}; size of a small prototype"
AUDIT = "public audit of the notebook anthropics/toy-models-of-superposition"

CONVERGED = 0.05
"""Largest change of the loss over the last half of training at which a verdict counts: own
choice."""
trained = partial(finding, source=PAPER, converged=CONVERGED)
"""Decorates the findings about trained models; they are of the paper where nothing is said."""

DENSITY = "feature_probability"
