"""Where findings come from, and the thresholds that several share."""

THREAD = "Mendel (comments), on embeddings as features in superposition"
HORIZON = "Mendel (comments), on how many layers ahead an output is read"
PROTOTYPE = "measured in a small prototype, one seed"
ENGELS = "Engels et al. 2024, not all language model features are linear"
OWN = "own question"

CONVERGED = 0.05
"""Largest change of the loss over the last half of training at which verdicts count."""
AS_GOOD = 0.02
"""Loss in nats by which decoders, and rows, are about equally good: own choice."""
ROW = 0.1
"""Loss in nats per reading of a token at which its row matters: own choice."""
NEARLY, CLUSTERED = 0.1, 0.1
"""Share of a number within which another is about as large, and share of tokens by which
neighbours of one class exceed chance: own choices."""
