"""The truth, one module per kind of world."""
