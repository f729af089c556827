"""Study `interaction_basis`: which basis of activations shows what a network computes?"""
