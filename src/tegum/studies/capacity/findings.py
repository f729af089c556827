"""What is expected, where it comes from, and the thresholds, fixed before any laptop result."""

from tegum.ledger.findings import Findings, telling

PAPER = "Scherlis et al. 2022, arXiv 2210.01892"
COMMENTS = f"Scherlis et al., comments under {PAPER.split(', ')[1]}"
DERIVED = f"derived from the loss of {PAPER}"
PROTOTYPE = f"{DERIVED}; size of a small prototype"
ELHAGE = "Elhage et al. 2022, Toy Models of Superposition"

ROUNDING, ROUNDING_32 = 1e-9, 1e-6
"""Slack of an inequality between numbers computed in float64, and stored as float32."""
SLOPE = 1e-5
"""Relative agreement of a closed form with a finite difference of a numerical minimum."""
STANDARD_ERRORS = 5.0
"""Largest deviation of a Monte Carlo estimate, in its standard errors, over all models."""
CLOSE, MISSES = 0.02, 0.01
"""C3: distance of C_2 that counts as agreement, and share of the points that may miss it."""
PRECISE, PRECISE_FLAT = 1e-5, 2e-3
"""C4: distance of a capacity from the water-filling at kurtosis 5 and above ("numerical
precision": own choice), and below ("about 1e-3")."""
STEEP = 5.0
"""C4: kurtosis from which on the optimum is not flat."""
AFFINE = 1e-3
"""C8: residual of shared capacities against a line in the value: own choice."""
GLOBAL = 1e-6
"""C7: relative distance of a loss from the best one."""
DROP = 0.1
"""C9: fall of the share of shared features, between neighbouring sparsities, that still counts as
none (4 features of 40): own choice."""
DIFFERENT = 0.1
"""C9: difference of that share between architectures: own choice."""
SPECTRUM = 1e-3
"""C12: relative distance of an eigenvalue from the predicted one: own choice."""
SMALL_BLOCK, BLOCK_PROBABILITY, MOSTLY = 3.5, 0.1, 0.5
"""C12: dimensions of a small block ("1-3"), where they are counted, and which share of the shared
features has to be in one: the latter two are own choices."""
WINDOW = 0.5
"""C13: least width of the hysteresis window, in units of loss: two grid points, own choice."""
CROSSING = 0.01
"""C13: distance of the strength of equal losses from the predicted one."""
FAR_BELOW = 0.5
"""C13: share of the sufficient strength that is far below it: own choice."""
ALL = 0.99
"""Share that counts as all."""
HALF = 0.5
"""C13: least monosemantic share that counts as "stays mono" at the end of a release."""
PRICE = 0.25
"""C13: least relative rise of the loss that is "substantial": own choice."""
SADDLE = 1e-3
"""C13: distance of a gradient, over the largest second derivative, from 0, and relative distance
of the least one from the closed form: own choice."""
TIE = 1e-3
"""C14: relative spread of the marginal returns of shared features: own choice."""
PURE = 0.9
"""Least max_i q_i^2 of a direction that is a true feature: own choice."""
EVEN = 0.5
"""Largest standard deviation / mean of marginal returns that are one level: own choice."""

FINDINGS: Findings = {
    "returns": (
        "Marginal returns rise with capacity below a kurtosis of 3, are constant at 3 and fall "
        "above.",
        DERIVED,
    ),
    "loss": ("The closed form of the population loss is right.", DERIVED),
    "c1": (
        "Capacities lie in [0, 1] and sum to at most the rank; to the rank for tight frames and "
        "for unions of orthogonal blocks.",
        DERIVED,
    ),
    "c3": ("Trained allocations of two features follow the analytic phase diagram.", PROTOTYPE),
    "c3_ties": (
        "They miss it only at ties, v_2 = v_1 with a kurtosis of at most 3.",
        f"{PROTOTYPE}, which had no point at exactly 3",
    ),
    "c4": ("Trained capacities equal the water-filling to numerical precision.", PROTOTYPE),
    "c4_flat": (
        "Near a kurtosis of 3, where the optimum is flat, they equal it to about 1e-3.",
        PROTOTYPE,
    ),
    "c7": ("Every seed reaches the global optimum.", PROTOTYPE),
    "c8": (
        "The most important features are monosemantic, the middle ones share with capacities "
        "affine in their value, the least important are ignored.",
        PAPER,
    ),
    "c9": (
        "The share of polysemantic features does not fall with sparsity, in any architecture.",
        PAPER,
    ),
    "c9_amount": ("The amount of polysemanticity differs between architectures.", PAPER),
    "c10": ("Below a kurtosis of 3 nothing is shared.", DERIVED),
    "c10_degenerate": (
        "At a kurtosis of 3 all efficient splits between equal features have equal losses.",
        DERIVED,
    ),
    "c12": ("In the quadratic model one block holds all shared features.", PAPER),
    "c12_spectrum": (
        "Its spectrum is the values of the dedicated features, and sqrt(lambda / 2).",
        DERIVED,
    ),
    "c12_tied": (
        "In tied ReLU models most shared features are in blocks of one to three dimensions.",
        f"{PAPER}; {ELHAGE}",
    ),
    "c13": (
        "Flattening has hysteresis: what it made is kept at strengths that make nothing.",
        PROTOTYPE,
    ),
    "c13_strengths": (
        "Both ends of the window are where the Hessian of the two-feature loss turns.",
        DERIVED,
    ),
    "c13_equal": ("Between them is the strength at which both states have equal losses.", DERIVED),
    "c13_envelope": (
        "A strength far below the one that suffices by the envelope makes all features "
        "monosemantic.",
        PROTOTYPE,
    ),
    "c13_mono": (
        "Strong enough flattening makes every represented feature monosemantic.",
        COMMENTS,
    ),
    "c13_price": ("That state has a substantially higher loss.", PROTOTYPE),
    "c13_release": (
        "Released from strong flattening, models stay monosemantic for long.",
        PROTOTYPE,
    ),
    "c13_saddle": (
        "Without noise a released monosemantic model stays where it is: a saddle.",
        DERIVED,
    ),
    "c13_curvature": (
        "The monosemantic state has no gradient and negative curvature.",
        DERIVED,
    ),
    "one_at_a_time": (
        "Flattening one feature after another makes every represented feature monosemantic.",
        COMMENTS,
    ),
    "c14": (
        "Masking features down to the number of dimensions leaves the most valuable ones, all "
        "monosemantic (ranked by total benefit).",
        DERIVED,
    ),
    "c14_tie": (
        "Marginal returns cannot rank shared features: they are equal at the optimum.",
        DERIVED,
    ),
    "direction_pure": (
        "The direction with the most negative marginal return is a true feature.",
        COMMENTS,
    ),
    "direction_superposed": (
        "No superposition of features has a larger marginal return than every feature.",
        COMMENTS,
    ),
    "direction_bound": (
        "No superposition beats the largest return that a pure feature has, empty or full.",
        DERIVED,
    ),
    "layers_even": (
        "In each layer of a deeper network the shared features have one marginal return.",
        f"{COMMENTS}; Karush-Kuhn-Tucker condition",
    ),
    "layers_agree": (
        "Training makes neighbouring layers of a deeper network give capacity to the same "
        "features.",
        COMMENTS,
    ),
}
told = telling(FINDINGS)
