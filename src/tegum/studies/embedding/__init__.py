"""Study `embedding`: is a token embedding more than features in superposition, and who reads it?"""
