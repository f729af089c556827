"""Findings: of paths, of relaxing, of pulls and pushes."""

from tegum.studies.basins.claims import moves, paths

TOPICS = (paths, moves)
