"""Study `real_embedding`: are the token embeddings of real models features in superposition?"""
