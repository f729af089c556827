"""The ladder of controls, and what it takes to judge variables of a model."""
