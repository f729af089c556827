"""The control battery on a user's own activations, labels and dictionary: `tegum controls`."""
