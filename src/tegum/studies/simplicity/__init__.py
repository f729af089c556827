"""Study `simplicity`: are random functions simple, and which minima are degenerate?"""
