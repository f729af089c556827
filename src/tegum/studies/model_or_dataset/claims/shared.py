"""What the findings share: sources, the levels of the rule, and the rule's use."""

from functools import partial

import xarray as xr

from tegum.evidence.rows import role, share
from tegum.ledger.claims import Claim, below
from tegum.ledger.findings import finding

PROTOTYPE = "Mendel (comments); a small prototype of five seeds"
SEEN = "added after the first result, to tell what it means"
RULE = "the verdict rule, on variables whose role is known"
ANALOGUE = "; here an analogue at small size"

EFFECT = 2.0
"""Least ratio of an effect, as in the verdict rule."""
MOSTLY = 0.9
"""Least share of the used (unused) variables that the rule has to recognise: own choice."""
ERROR = 0.05
"""Largest share of false positives: the rule's level."""
MOST = 0.5
"""Least share that is most of a gap, or most of the latents."""
CONVERGED = 0.05
"""Largest change of the loss over the last half of training at which a verdict counts: own
choice."""

trained = partial(finding, converged=CONVERGED)
"""Decorates the findings about trained models and dictionaries fitted to them."""


def not_model(because: str, ds: xr.Dataset) -> Claim:
    """Whether the rule does not judge the unused variables MODEL."""
    found, other = (share(role(ds, name), "MODEL") for name in ("unused", "used"))
    return below(ERROR, found, control=("used variables", other), because=because)
