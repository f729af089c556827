"""Findings of `levers`. Thresholds were chosen before any result of this size was seen.

All differences are paired: models of a seed share the embedding, the initial weights and batches.
Neurons count from a selectivity of 0.9 on. Unless a finding says otherwise they are those at the
end of a learning rate that was annealed to 0.
"""

from tegum.studies.levers.claims import features, starts, strengths

TOPICS = (strengths, starts, features)
