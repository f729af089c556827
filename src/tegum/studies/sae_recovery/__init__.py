"""Study `sae_recovery`: which dictionaries recover known features, and which metrics say so?"""
