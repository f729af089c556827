"""What is expected, where it comes from, and the thresholds, fixed before any laptop result."""

from tegum.ledger.findings import Findings, telling

ANGSTEN = "Angsten (comments)"
PROTOTYPE = f"{ANGSTEN}; size of a small prototype"
DERIVED = "derived"
PAPER = "Elhage et al. 2022, Toy Models of Superposition"

ATTAINED = 0.01
"""Largest relative distance of a loss from its bound that attains it: own choice."""
ROUNDING = 1e-5
"""Largest relative deviation that single precision of the weights explains."""
SOLVED_DIVERGENCE = 0.05
"""Largest divergence, in units of that of equal logits, of a solved task. It reaches 0 only with
infinite norms, which steps and weight decay forbid: own choice."""
SOLVED_RECALL = 0.99
"""Least top-k recall of a solved task: own choice."""
DECADES = 1e-6
"""Largest divergence of a constructed solution, which 0 is the limit of."""
FAR = 0.5
"""Least gap of a measured threshold, in units of the necessary number of dimensions, that is far
from it: own choice."""
OPPOSITE = -0.95
"""Cosine of embeddings that are nearly opposite (-1 is expected): own choice."""
MEAN_COSINE = 0.59
"""Mean |cos| between embeddings in the prototype."""
COSINE_GAP = 0.05
"""Largest distance from that: own choice."""
ON_HULL = 0.95
"""Least share of points on their convex hull that are in convex position: own choice."""
DIMENSIONALITY_GAP = 0.05
"""Largest distance of a dimensionality from a polytope's; 2/5, 1/2 and 2/3 are 0.1 apart or
more."""
FLAT = 0.01
"""Largest fall of the unexplained variance that is no gain: own choice."""
KNEE = 0.5
"""Ratio of the gain beyond the knee to that before it: own choice."""
CLEARLY = 0.05
"""Excess gain, as a share of the variance, from which on it is clear: own choice."""

FINDINGS: Findings = {
    "c1_linear": ("The linear readout attains the bound of principal components.", PROTOTYPE),
    "c1_bound": ("No linear readout, trained or not, has a loss below that bound.", DERIVED),
    "c1_relu": ("The ReLU readout is below the bound at every feature probability < 1.", PROTOTYPE),
    "c1_sparser": ("It is further below it the sparser the features.", PROTOTYPE),
    "c2_line": (
        "One dimension with a bias tells one of any number of features before a softmax.",
        DERIVED,
    ),
    "c2_circle": ("Two dimensions do so without a bias.", DERIVED),
    "c2_simplex": ("n - 1 dimensions tell any k of n features, without a bias.", DERIVED),
    "c2_attained": (
        "The necessary number is enough for two of five features: three dimensions with a bias, at "
        "points between which all angles are acute.",
        DERIVED,
    ),
    "c2_necessary": (
        "No trained model solves k of n features in fewer than 2k - 1 dimensions with a bias or 2k "
        "without.",
        DERIVED,
    ),
    "c2_k1_divergence": ("One of n features: divergence near 0 in two dimensions.", PROTOTYPE),
    "c2_k1_recall": ("One of n features: recall 1 in two dimensions.", PROTOTYPE),
    "c2_k2_three": (
        "Two of n features are not solved in three dimensions, although the bound allows it.",
        PROTOTYPE,
    ),
    "c2_k2_five": ("Nor in five.", PROTOTYPE),
    "c2_k2_ten": ("Two of n features are solved in ten dimensions.", PROTOTYPE),
    "c2_k3_ten": ("Three of n features are not solved in ten dimensions.", PROTOTYPE),
    "c2_gap_two": (
        "The dimensions in which training solves two of n features are far from the necessary "
        "number.",
        PROTOTYPE,
    ),
    "c2_gap_three": ("So are those for three of n features.", PROTOTYPE),
    "c2_growth": (
        "They grow with n, on which the necessary number does not depend.",
        "derived: the functional that exposes a pair has to be a sum over its members",
    ),
    "c3_least_cosine": (
        "Before a softmax some embeddings are nearly opposite (one of n, two dimensions).",
        PROTOTYPE,
    ),
    "c3_mean_cosine": ("Their mean |cos| is about .59.", PROTOTYPE),
    "c3_hull": (
        "Without a bias the readouts are in convex position, as they have to be.",
        DERIVED,
    ),
    "c3_triangle": (
        "A ReLU readout puts three sparse features in two dimensions on a triangle: 2/3 of a "
        "dimension each.",
        PAPER,
    ),
    "c3_digon": ("Four on two antipodal pairs: 1/2 of a dimension each.", PAPER),
    "c3_pentagon": ("Five on a pentagon: 2/5 of a dimension each.", PAPER),
    "c3_relu_polygon": (
        "On one of n features a polygon in two dimensions has no error through a ReLU either: what "
        "a softmax filters is mutual exclusion.",
        DERIVED,
    ),
    "c4_orthonormal": ("Orthonormal features: no gain past an expansion of 2.", PROTOTYPE),
    "c4_knee": ("Superposed features: the knee is at the expansion G/d = 4.", PROTOTYPE),
    "c4_gaussian": (
        "The unexplained variance of a Gaussian of the same covariance falls with the expansion "
        "too.",
        PROTOTYPE,
    ),
    "c4_excess": (
        "The excess over the Gaussian of the gain at expansion 4 is clearly positive for "
        "superposed features.",
        PROTOTYPE,
    ),
    "c4_no_excess": ("It is not for orthonormal features.", PROTOTYPE),
    "c4_own_gaussian": (
        "Nor is the excess of orthonormal features over a Gaussian of their own covariance.",
        "own control",
    ),
    "c4_softmax": (
        "Where a softmax follows, expansion 4 recovers more cross-entropy than expansion 1, by "
        "more than in dictionaries of a Gaussian.",
        ANGSTEN,
    ),
    "c4_linear": ("Where only a linear readout follows, it does not.", ANGSTEN),
    "c4_scale": (
        "The excess in recovered cross-entropy holds for a language model with one layer of 512 "
        "neurons and expansions up to 256.",
        "Bricken et al. 2023, Towards Monosemanticity",
    ),
}
told = telling(FINDINGS)
