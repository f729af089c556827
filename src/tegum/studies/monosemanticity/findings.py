"""What is expected, where it comes from, and the thresholds, fixed before any result was seen."""

from tegum.ledger.findings import Findings, telling

PAPER = "Jermyn, Schiefer and Hubinger 2022, arXiv 2211.09169"
COMMENTS = "Jermyn (comments under arXiv 2211.09169)"
PROTOTYPE = f"{PAPER}; size of a small prototype"

LEVEL = 0.9
"""Selectivity above which a neuron counts here; the prototype's graded results use it."""
LOW_RATE, HIGH_RATE = 0.003, 0.01
"""The learning rates of the prototype's M3b; the middle of the published grid (M1)."""
COLLAPSE_RATE = 0.03
"""M6's learning rate."""
MODERATE, EXTREME = -0.5, -1.0
"""Bias offsets: the prototype's best, and the published one that is too negative here (M3, M4)."""
NEARLY_EQUAL = 0.10
"""Largest relative difference of two losses that are 'nearly equal' (M1): own choice."""
NO_COST = 0.02
"""Largest relative rise of a loss that 'costs nothing' (M11): own choice."""
SMALL_COST = 0.25
"""Largest relative rise of a loss that is 'a small cost' (M17): own choice."""
NEGLIGIBLE = 0.05
"""Largest relative fall of a loss that is 'negligible' (M7): own choice."""
HALF_DEAD = 0.25
"""Least dead share that is 'about half' (M6): half of it."""
FLAT = 0.02
"""Largest change per octave of mono neurons per feature that is 'flat' (M9): own choice."""
MIXED = 0.05
"""Least share of features in each of the two groups of a mixture (M8): own choice."""
EVERY_FEATURE = 0.5
"""Least gain in mono neurons per feature at noise sigma_I (M17): half of 'about one'."""
GAP = 0.1
"""Least difference between |cos| and F1 that is a dissociation: own choice."""
TOLERANCE = 1e-5
"""Relative difference of two computations stored as float32."""
CONTROLS = "Heap et al. 2025; Korznikov et al. 2026 (controls)"

FINDINGS: Findings = {
    "m1": (
        "A higher learning rate gives more monosemantic neurons per feature.",
        PAPER,
    ),
    "m1_loss": (
        "Final losses at middle learning rates are nearly equal.",
        PAPER,
    ),
    "m2": (
        "Monosemantic neurons have more negative biases than polysemantic ones, in every run "
        "that has any.",
        PAPER,
    ),
    "m3": (
        "A moderately negative initial bias with decay gives more monosemantic neurons.",
        PAPER,
    ),
    "m3_loss": (
        "A moderately negative initial bias with decay does not raise the loss.",
        PAPER,
    ),
    "m3b": (
        "A higher learning rate alone gives more monosemantic neurons after annealing.",
        PROTOTYPE,
    ),
    "m3b_loss": (
        "A higher learning rate alone lowers the annealed loss.",
        PROTOTYPE,
    ),
    "m4": (
        "The best initial bias is interior: more negative ones lose monosemantic neurons.",
        PROTOTYPE,
    ),
    "m4_dead": (
        "Too negative an initial bias kills neurons.",
        PROTOTYPE,
    ),
    "m6": (
        "At learning rate 0.03 with bias offset -1 about half of the neurons die.",
        PROTOTYPE,
    ),
    "m7": (
        "The number of monosemantic neurons rises with the width.",
        PAPER,
    ),
    "m7_loss": (
        "The loss hardly falls once there are as many neurons as features.",
        PAPER,
    ),
    "m8": (
        "With fewer neurons than features some features are served by monosemantic neurons "
        "and others are shared, rather than ignored.",
        COMMENTS,
    ),
    "m9": (
        "The number of monosemantic neurons is flat in log steps at the end of training.",
        COMMENTS,
    ),
    "m10": (
        "The polysemantic neurons together compute a low-rank map, a global correction.",
        PAPER,
    ),
    "m11": (
        "A penalty on the activations gives more monosemantic neurons.",
        COMMENTS,
    ),
    "m11_loss": (
        "A small penalty on the activations costs nothing.",
        COMMENTS,
    ),
    "m13": (
        "Every trained model beats the best affine decoder of its inputs.",
        "derived: the decoder's loss from the covariance of the features",
    ),
    "m13_closed_form": (
        "The closed form of the best affine decoder's loss is right.",
        "derived",
    ),
    "m15": (
        "The biases of monosemantic neurons track the noise: more noise, more negative.",
        COMMENTS,
    ),
    "m15_response": (
        "Small input noise moves polysemantic neurons more than monosemantic ones.",
        COMMENTS,
    ),
    "m16": (
        "A penalty on hidden activations and outputs trades estimation error for monosemantic "
        "neurons.",
        COMMENTS,
    ),
    "m17": (
        "Training with input noise gives every feature about one monosemantic neuron.",
        PROTOTYPE,
    ),
    "m17_cost": (
        "Half of that noise costs little in the clean loss.",
        PROTOTYPE,
    ),
    "m18": (
        "The monosemantic state that noise made is not kept once the noise is removed.",
        PROTOTYPE,
    ),
    "m18_loss": (
        "It relaxes to a lower clean loss.",
        PROTOTYPE,
    ),
    "sae_beats_untrained": (
        "Dictionaries recover the features better on trained than on fresh weights.",
        CONTROLS,
    ),
    "sae_beats_permuted": (
        "Dictionaries recover the features better than from permuted dimensions.",
        CONTROLS,
    ),
    "sae_beats_gaussian": (
        "Dictionaries recover the features better than from a matched Gaussian.",
        CONTROLS,
    ),
    "sae_directions_not_supports": (
        "Dictionaries recover directions better than supports.",
        "dissociation seen in a small prototype of the SAE-recovery study",
    ),
}
told = telling(FINDINGS)
