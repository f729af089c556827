"""What is expected, where it comes from, and the thresholds, fixed before any laptop result."""

from tegum.ledger.findings import Findings, telling

BURNS = "Burns, Ye, Klein and Steinhardt 2022, arXiv 2212.03827"
THREAD = "Angsten (post and comments)"
PROTOTYPE = f"{THREAD}; sizes and numbers of a small prototype"
CODE = f"official code of {BURNS}"
DERIVED = "derived"

TRUTH_SCALE = 1.5
"""Scale of the truth at all saliences, as in the prototype."""
PERFECT = 0.99
"""Least accuracy that is 'perfect' (D1, D5): 1 in 100 of the test pairs."""
NEAR_ONE = 0.95
"""Least |cos| that is 'near 1' (D1): own choice."""
CURVE = 0.03
"""Largest mean deviation from the analytic accuracy: the sampling error of 500 pairs is .02."""
RESTORED = 0.95
"""Least accuracy that is 'restored' (D2): own choice."""
STRONG = 0.8
"""Imbalance up to which an Otsu threshold restores CCS (D2)."""
LOST = 0.5
"""Largest |cos| of a direction that is 'lost' (D2): own choice."""
REPRODUCED = 0.05
"""Largest mean deviation from the prototype's accuracies (D3): its three seeds' spread."""
HARD = {
    "ccs": (0.881, 0.787, 0.669, 0.575, 0.523),
    "kmeans": (0.908, 0.891, 0.816, 0.671, 0.552),
    "gmm": (0.809, 0.821, 0.739, 0.647, 0.591),
}
"""The prototype's accuracies over the five imbalances (D3)."""
HARD_LOGISTIC = (0.867, 0.938)
HARD_COS = (0.85, 0.20)
"""|cos| of CCS with the truth at the mildest and at the strongest imbalance (D3)."""
SWITCH = 0.05
"""Largest distance of the measured switch from the analytic one: the spacing of the grid (D4)."""
GAP = 0.25
"""Least gap between the supervised probe and CCS that is 'succeeds, fails' (D5): own choice."""
REGRET = 0.05
"""Least accuracy that the lowest loss gives away (D6): own choice."""
CHANCE_LOSS = 0.25
"""CCS loss of p = 1/2 everywhere (D6)."""
WRONG = 0.5
"""Accuracy on disagreeing pairs below which the distractor is followed: chance."""
READABLE = 0.9
"""Least accuracy of the supervised probe on hidden states that hold the truth: own choice."""

FINDINGS: Findings = {
    "d1_ccs": ("CCS loses accuracy from balanced to strongly imbalanced labels.", PROTOTYPE),
    "d1_tpc": ("The top component does as well.", PROTOTYPE),
    "d1_tpc_curve": ("Its accuracy follows the analytic curve.", DERIVED),
    "d1_kmeans": ("2-means stays perfect at every imbalance.", PROTOTYPE),
    "d1_gmm": ("The Gaussian mixture stays perfect at every imbalance.", PROTOTYPE),
    "d1_logistic": ("The supervised probe stays perfect at every imbalance.", PROTOTYPE),
    "d1_cos": ("The top component stays along the truth at every imbalance.", PROTOTYPE),
    "d2_tpc": ("An Otsu threshold restores the top component everywhere.", PROTOTYPE),
    "d2_ccs": ("An Otsu threshold restores CCS up to an imbalance of 0.8.", PROTOTYPE),
    "d2_ccs_lost": ("At the strongest imbalance the direction of CCS itself is lost.", PROTOTYPE),
    "d3_ccs": ("With strong noise CCS has the prototype's accuracies.", PROTOTYPE),
    "d3_kmeans": ("With strong noise 2-means has the prototype's accuracies.", PROTOTYPE),
    "d3_gmm": ("With strong noise the mixture has the prototype's accuracies.", PROTOTYPE),
    "d3_logistic": ("With strong noise the supervised probe stays in its range.", PROTOTYPE),
    "d3_cos": ("With strong noise the |cos| of CCS falls as in the prototype.", PROTOTYPE),
    "d4_ccs_earlier": (
        "CCS turns to a weaker distractor at a milder imbalance than the top component.",
        PROTOTYPE,
    ),
    "d4_tpc": ("The top component turns at the analytic imbalance.", DERIVED),
    "d5_ccs": (
        "At balance CCS follows the truth while it is the stronger one, else the distractor.",
        THREAD,
    ),
    "d5_tpc": ("So does the top component.", THREAD),
    "d5_logistic": ("The supervised probe is perfect at every salience.", THREAD),
    "d5_hypothesis": (
        "With a more salient distractor and no imbalance the probe succeeds and CCS fails.",
        THREAD,
    ),
    "d6_bound": ("No trained CCS probe has a loss above 1/4, that of p = 1/2.", DERIVED),
    "d6_order": (
        "With truth and distractor equally salient the lowest loss is not the truest try.",
        PROTOTYPE,
    ),
    "d7": ("Mean accuracy of CCS over ten data sets is 71.2, of zero-shot 67.2.", BURNS),
    "consistency_ccs": (
        "A consistent, more salient distractor makes CCS wrong wherever it disagrees.",
        THREAD,
    ),
    "consistency_logistic": ("The supervised probe is right there.", THREAD),
    "consistency_masked": (
        "Accuracy of CCS rises with that consistency though it follows the distractor.",
        THREAD,
    ),
    "consistency_tpc": ("Accuracy of the top component follows theory there too.", DERIVED),
    "trap_renormalised": (
        "Centring the test pairs by their own mean changes the accuracy under a shift.",
        CODE,
    ),
    "trap_mlp_loss": ("The default MLP probe reaches a lower CCS loss than the linear one.", CODE),
    "trap_mlp_accuracy": ("The default MLP probe is less accurate than the linear one.", CODE),
    "causal_before_label": (
        "Read before the label, a causal transformer gives both members the same hidden state.",
        DERIVED,
    ),
    "bidirectional_before_label": (
        "Read there, a bidirectional one holds a truth that the supervised probe finds.",
        THREAD,
    ),
    "bidirectional_beats_causal": (
        "Where both see the label, CCS is more accurate on bidirectional states.",
        THREAD,
    ),
    "training_matters": (
        "Where the label is seen, the supervised probe does better on trained transformers.",
        THREAD,
    ),
}
told = telling(FINDINGS)
