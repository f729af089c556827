"""Study `basins`: are monosemantic and polysemantic solutions minima of different basins?"""
