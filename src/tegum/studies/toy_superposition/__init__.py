"""Study `toy_superposition`: can a network represent more features than it has dimensions?"""
