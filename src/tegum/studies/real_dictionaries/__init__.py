"""Study `real_dictionaries`: dictionaries of a model that nobody here trained, and their errors."""
