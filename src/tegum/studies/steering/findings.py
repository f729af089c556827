"""What is expected, where it comes from, and the thresholds, fixed before any result was seen."""

from tegum.ledger.findings import Findings, telling

COMMENTS = "Mendel (comments)"
PROTOTYPE = f"{COMMENTS}; size of a small prototype"
DERIVED = "derived"
MOMENTS = "derived: moments of the inverse Marchenko-Pastur law"
DOUBT = "doubt about the finding, from its specification"

COSINE_TOLERANCE = 0.05
"""Largest difference of a mean cosine from its law, which neglects terms of 1/d: own choice."""
LAW_TOLERANCE = 0.15
"""Largest relative difference of a median off-target effect from its law: own choice."""
R2_TOLERANCE = 0.02
"""Largest difference of an R² from d/G: own choice."""
ORDER_ONE = 0.5
"""Least off-target effect of order 1 at G = d/2 (the law gives 1): half of it."""
LARGE = 3.0
"""Least off-target effect that is large (at G = d the law diverges): own choice."""
COLLAPSED = 0.2
"""Largest cosine that is a collapse (the law gives 0, and sqrt(2 / (pi d)) = 0.1 at d = 64)."""
NEARLY_EQUAL = 0.05
"""Largest relative difference of two off-target effects that are nearly equal: own choice."""
NEARLY_PARALLEL = 0.95
"""Least cosine of two vectors that are nearly parallel: own choice."""
PRECISION = 1e-6
"""Largest deviation from an identity, in units of the vectors' norm: pseudo-inverses of
covariances, whose condition number is squared, in double precision."""
ILL_CONDITIONED = 10.0
"""Least ratio of condition numbers, at G = d over G = d/2, that is ill-conditioning: own choice."""
HALF_MOVED = 0.25
"""Least off-target effect at correlation 0.5 (the law gives 0.5): half of it."""
AS_LARGE = 1.0
"""Off-target effect at which the effect on other features is as large as that on the own one."""
SQUARE, HALF, TWICE = 1.0, 0.5, 2.0
"""Features per dimension at which single conditions are compared."""

_WORST = "With more features than dimensions the probe is the worst of the steering vectors"

FINDINGS: Findings = {
    "e1_cosine": (
        "With fewer features than dimensions the cosine of probe and representation vector is "
        "sqrt(1 - G/d).",
        PROTOTYPE,
    ),
    "e1_orthogonal": (
        "The least-squares probe is orthogonal to the representation vectors of all other features "
        "(G <= d).",
        f"{COMMENTS}, its later edit",
    ),
    "e1_probe_offtarget": (
        "Steering with the probe has off-target effects of order 1, by the probes (G < d).",
        PROTOTYPE,
    ),
    "e1_no_offtarget": (
        "Steering with the representation or the surgical vector has none, by the probes (G < d).",
        PROTOTYPE,
    ),
    "e1_coincide": ("Surgical and representation vectors are the same (G <= d).", PROTOTYPE),
    "e1_common": (
        "A direction that all features share lowers the cosine of probe and representation.",
        PROTOTYPE,
    ),
    "common_law": ("It lowers it by the factor sqrt(1 - rho), on both sides of G = d.", DERIVED),
    "e1_square_cosine": ("At G = d that cosine collapses.", PROTOTYPE),
    "e1_square_offtarget": ("At G = d the probe's off-target effect is large.", PROTOTYPE),
    "e2_r2": ("With more features than dimensions the R² of the probes is d/G.", PROTOTYPE),
    "e2_probe_worst": (f"{_WORST}, by the probes.", PROTOTYPE),
    "e2_probe_worst_reencoded": (f"{_WORST}, by the features of the re-encoded input.", DOUBT),
    "e2_probe_worst_logits": (f"{_WORST}, by its effect on random logits.", DOUBT),
    "e2_probe_worst_tied": (f"{_WORST}, by a transposed (tied) readout.", DOUBT),
    "e2_nearly_equal": (
        "With more features than dimensions surgical and representation vectors have nearly equal "
        "off-target effects, by the probes.",
        PROTOTYPE,
    ),
    "e2_parallel": ("They are nearly parallel.", PROTOTYPE),
    "cosine_law": (
        "With more features than dimensions the cosine of probe and representation vector is "
        "sqrt(1 - d/G).",
        MOMENTS,
    ),
    "offtarget_law": (
        "The probe's off-target effect by the probes is sqrt(r / (1 - r)) for r = G/d < 1 and "
        "sqrt(r + 1 / (r - 1)) beyond.",
        MOMENTS,
    ),
    "representation_law": (
        "By the probes even the true intervention has off-target effects, sqrt(G/d - 1), beyond "
        "G = d.",
        DERIVED,
    ),
    "reencoded_below": (
        "By the features of the re-encoded input too the probe has off-target effects of order 1 "
        "(G < d).",
        DOUBT,
    ),
    "circular_zero": (
        "Off-target effects by the probes that define them are zero for surgical vectors of any "
        "probes, also of probes fitted to shuffled labels (G <= d).",
        DOUBT,
    ),
    "circular_reencoded": (
        "By the features of the re-encoded input such shuffled surgical vectors move other "
        "features more than their own.",
        DOUBT,
    ),
    "square_condition": ("Near G = d the matrix of probes is ill-conditioned.", DOUBT),
    "variance_surgical": (
        "With unequal variances and more features than dimensions surgical vectors are no longer "
        "nearly parallel to representation vectors.",
        DOUBT,
    ),
    "variance_pattern": ("The pattern Cov(x) p still is.", "derived: Cov(x, f_i) = var(f_i) v_i"),
    "correlated_coincide": (
        "Surgical and representation vectors are the same with correlated features as well "
        "(G < d).",
        DERIVED,
    ),
    "correlated_pattern": (
        "Pattern and mean difference move the features that are correlated with their own (G < d).",
        DERIVED,
    ),
    "language_model": (
        "The same ranking holds for dictionaries on the residual stream of a language model.",
        COMMENTS,
    ),
}
told = telling(FINDINGS)
