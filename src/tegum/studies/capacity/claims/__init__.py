"""Findings of Scherlis et al. 2022 and of the comments under it, judged.

Exact claims compare trained models with closed forms, or closed forms with enumeration, sampling
and numerical minima. Statistical claims have one number per seed. Thresholds were fixed before any
laptop result.
"""

from tegum.studies.capacity.claims import optimum, sharing, interventions, questions  # isort: skip

__all__ = ["interventions", "optimum", "questions", "sharing"]
