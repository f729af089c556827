"""What is expected of the models that compute, and the thresholds, fixed before any result."""

PAPER = "Elhage et al. 2022, Toy Models of Superposition"

COMPUTED = 0.25
"""Largest loss, over that of the best constant, of a feature that counts as computed: a feature of
which one sign is computed and the other taken for 0 is left with 1/2 when sparse; half of that."""
EVERY_FEATURE = 0.9
"""Least share of features with a neuron for each sign that is 'each feature' (T24): own choice."""
NO_LOSS = 0.01
"""Largest loss over that of the best constant that is 'near 0' (T24): own choice."""
MAJORITY = 0.5
"""Share of neurons, or of models, beyond which a state is the rule (T25, T28): own choice."""
COEXIST = 0.1
"""Least share of the neurons in each of two kinds that coexist (T27): own choice."""

DENSE = (0.5, 1.0)
MIXED = (0.2, 0.5)
FEW = (0.15, 0.15)
ONE = (0.12, 0.12)
SPARSE = (0.05, 0.08)
PAIRS = (0.04, 0.04)
"""Published ranges of the feature probability in which T28's solutions are found."""

NEURON_FINDINGS: dict[str, tuple[str, str]] = {
    "t24": (
        "Absolute value, 3 features and 6 neurons: each feature gets one neuron for its positive "
        "and one for its negative values.",
        PAPER,
    ),
    "t24_loss": ("Absolute value, 3 features and 6 neurons: the loss is near 0.", PAPER),
    "t25": (
        "Absolute value: neurons serve more features each (participation ratio) when features are "
        "sparse than when they are dense.",
        PAPER,
    ),
    "t25_majority": (
        "Absolute value: most neurons are monosemantic when features are dense, and most are "
        "polysemantic when they are sparse.",
        PAPER,
    ),
    "t26": (
        "Absolute value: once features are sparse enough, more are computed than half the number "
        "of neurons, the most that is possible without superposition.",
        PAPER,
    ),
    "t27": (
        "Absolute value, intermediate density: monosemantic and polysemantic neurons coexist.",
        PAPER,
    ),
    "t27_importance": (
        "Absolute value, intermediate density: the monosemantic neurons serve the most important "
        "features.",
        PAPER,
    ),
    "t27_motif": (
        "Absolute value, intermediate density: neurons form the asymmetric motif, weights "
        "[2, -1/2] in and [1/2, 2] out, with inhibition.",
        PAPER,
    ),
    "t28_dense": (
        "Identity by hidden ReLU neurons, n = 10, m = 5, feature probability above 0.5: all 5 "
        "neurons of the best model are monosemantic.",
        PAPER,
    ),
    "t28_mixed": (
        "The same at 0.2 to 0.5: 3 monosemantic neurons, and 3 features in the other 2.",
        PAPER,
    ),
    "t28_few": ("The same at 0.15: 2 monosemantic neurons, and 5 features in the other 3.", PAPER),
    "t28_one": ("The same at 0.12: 1 monosemantic neuron, and 6 features in the other 4.", PAPER),
    "t28_sparse": ("The same at 0.05 to 0.08: 8 features in 5 polysemantic neurons.", PAPER),
    "t28_pairs": (
        "The same at 0.04: every feature is carried by another pair of neurons, 10 = C(5, 2).",
        PAPER,
    ),
}
"""Finding to its statement and source."""
