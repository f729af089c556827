"""Findings of Jermyn, Schiefer and Hubinger 2022 and of the comments under it.

Thresholds and the conditions compared were fixed before any result was seen; counts use
selectivity above 0.9 because the published 0.999 is near zero at the small size. All differences
are paired: equal seeds share initial weights, embedding and batches.
"""

from tegum.studies.monosemanticity.claims import dictionaries, levers, minima, noise

TOPICS = (levers, minima, noise, dictionaries)
