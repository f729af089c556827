"""Study `packing`: one space for all vectors, or orthogonal factors (tegum products)?"""
