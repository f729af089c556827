"""What the findings share: sources, and how those about trained models are declared."""

from functools import partial

from tegum.ledger.findings import finding

ANGSTEN = "Angsten (comments)"
PROTOTYPE = f"{ANGSTEN}; size of a small prototype"
DERIVED = "derived"
PAPER = "Elhage et al. 2022, Toy Models of Superposition"

CONVERGED = 0.05
"""Largest change of the loss over the last half of training at which a verdict counts: own
choice."""
DECADES = 1e-6
"""Largest divergence, or error, of a constructed solution, which 0 is the limit of."""
CONSTRUCTED = (3, 20, 400)
"""Numbers of features at which constructions are tried."""

trained = partial(finding, converged=CONVERGED)
"""Decorates the findings about trained models and fitted dictionaries."""
