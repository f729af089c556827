"""Where findings come from, and what they share."""

from functools import partial

from tegum.ledger.findings import finding

PAPER = "Scherlis et al. 2022, arXiv 2210.01892"
COMMENTS = f"Scherlis et al., comments under {PAPER.split(', ')[1]}"
DERIVED = f"derived from the loss of {PAPER}"
PROTOTYPE = f"{DERIVED}; size of a small prototype"
ELHAGE = "Elhage et al. 2022, Toy Models of Superposition"

ROUNDING, ROUNDING_32 = 1e-9, 1e-6
"""Slack of an inequality between numbers computed in float64, and stored as float32."""
GLOBAL = 1e-6
"""C7, C10: relative distance of a loss from the best one."""
ALL = 0.99
"""Share that counts as all."""
UNTRAINED = "control", "none", "untrained", "untrained"

of_models = partial(finding, converged=0.05)
"""A finding about trained models: a loss that still moves by more decides nothing against it."""
exactly = partial(of_models, kind="exact")
"""The same, judged by an independent computation."""
of_allocation, of_phase = (partial(exactly, sweep) for sweep in ("allocation", "phase"))
of_hysteresis = partial(exactly, "hysteresis", at={"ramp": ("up", "down")})
of_flattening = partial(of_models, "flattening", at={"ramp": "up"})
"""Those of one sweep."""
