"""What is expected, where it comes from, and the thresholds, fixed before any result was seen.

Four findings were added after the first result, and say so: `SEEN` is their source. With them the
effect of an intervention, first the change of all outputs, became the change along that which goes
with the variable in the data, as its specification asks (`expected`); no threshold was changed.
"""

from tegum.ledger.findings import Findings, telling
from tegum.studies.model_or_dataset.params import LADDER

PROTOTYPE = "Mendel (comments); a small prototype of five seeds"
LADDER_PROTOTYPE = "Mendel (comments); a small prototype of one seed"
HEAP = "Heap et al. 2025, abstract"
KORZNIKOV = "Korznikov et al. 2026, abstract"
HEWITT = "Hewitt and Liang 2019, not re-read"
ANALOGUE = "; here an analogue at small size"
THREAD = "Mendel (comments): choose probes by accuracy relative to the control"
SEEN = "added after the first result, to tell what it means"
RULE = "the verdict rule, on variables whose role is known"
QUESTION = "Mendel (comments): would the feature-finder find it anywhere?"

PERFECT = 0.99
"""Least AUROC that is perfect decoding: own choice."""
FAR_MORE = 10.0
"""Least ratio to a random direction of equal norm: the finding's own number."""
WELL_ABOVE = 0.1
"""Least selectivity that is well above the control: own choice."""
NOTHING = 1.0
"""Ratio to a random direction below which steering does nothing of its own: own choice."""
SMALL = 0.01
"""Largest change of the probabilities that is nothing to speak of: own choice."""
EFFECT = 2.0
"""Least ratio of an effect, as in the verdict rule."""
MOSTLY = 0.9
"""Least share of the used (unused) variables that the rule has to recognise: own choice."""
ERROR = 0.05
"""Largest share of false positives: the rule's level."""
NEAR_ZERO = 0.02
"""Largest |mean selectivity| of random labels: own choice."""
CLOSE = 0.25
"""Largest share of the way from the trained model to the matched Gaussian: own choice."""
MOST = 0.5
"""Least share that is most of a gap, or most of the latents."""
SIMILAR = 0.95
"""Least ratio of variances explained that are similar: own choice."""
PROBING = 0.9
"""Least ratio of sparse-probing scores (the published ones are 0.69 / 0.72 = 0.96): own choice."""
TESTED_N_TRAIN = 600
"""Samples at which families of probes are compared: those of the other probes."""

RUNGS: dict[str, str] = {
    "untrained": "the untrained model",
    "untrained_kept": "the untrained model with the trained embeddings",
    "matched_normal": "Gaussian weights of equal deviation",
    "matched_normal_kept": "Gaussian weights of equal deviation, with the trained embeddings",
    "permuted": "permuted weights",
    "permuted_kept": "permuted weights, with the trained embeddings",
    "spectrum": "weights of equal spectrum",
    "spectrum_kept": "weights of equal spectrum, with the trained embeddings",
    "unigram": "the trained model on shuffled tokens",
    "uniform": "the trained model on uniform tokens",
    "markov": "the trained model on Markov-1 tokens",
    "gaussian": "Gaussian activations of equal mean and covariance",
    "permuted_dimensions": "activations with permuted dimensions",
    "permuted_latents": "activations with permuted latents",
    "random_decoder": "the same codes with random directions",
    "frozen_decoder": "the same activations with frozen random directions",
    "soft_frozen_decoder": "the same activations with directions near random ones",
    "frozen_encoder": "the same activations with a frozen random encoder",
}

ARCHITECTURES = {
    "standard": "Standard (2023)",
    "gated": "Gated",
    "jumprelu": "JumpReLU",
    "batchtopk": "BatchTopK",
    "matryoshka": "Matryoshka",
}
"""Beside TopK, which stands on every rung."""
HARDEST: dict[str, tuple[tuple[str, ...], str]] = {
    "weights": (
        ("spectrum_kept",),
        "with weights of equal spectrum, the trained embeddings kept",
    ),
    "inputs": (("markov",), "on Markov-1 tokens"),
    "activations": (
        ("gaussian", "permuted_latents"),
        "on Gaussian activations of equal mean and covariance and on permuted latents",
    ),
    "same_codes": (("random_decoder",), "on the same codes with random directions"),
    "frozen": (("frozen_decoder",), "with frozen random directions"),
}
"""Of each kind of control those that are hardest to beat for TopK, and in words."""

FINDINGS: Findings = {
    "b1_decoded": ("Used variables are decoded perfectly from the trained network.", PROTOTYPE),
    "b1_ratio": (
        "Steering along a used variable moves the output more than 10 times as far as a random "
        "direction of equal norm.",
        PROTOTYPE,
    ),
    "b1_unused_decodable": (
        "Unused variables are decodable well above their control task.",
        PROTOTYPE,
    ),
    "b1_unused_still": ("Steering along unused variables does nothing.", PROTOTYPE),
    "b1_reinit": (
        "Re-initialised networks decode the unused variables better than the trained one.",
        PROTOTYPE,
    ),
    "b1_spectrum": (
        "Spectrum-matched networks lie between the two for the linear variable.",
        PROTOTYPE,
    ),
    "b1_used_model": ("The rule judges used variables MODEL.", RULE),
    "b1_unused_dataset": ("The rule judges unused variables DATASET.", RULE),
    "b1_unused_not_model": ("The rule does not judge unused variables MODEL.", RULE),
    "used_covariance": (
        "Used variables also stand out among random directions of equal covariance.",
        "Mendel (comments), control of B-1",
    ),
    "b1_ratio_logit": (
        "In logits too, which do not saturate, a used variable moves the output more than 10 times "
        "as far as a random direction of equal norm.",
        SEEN,
    ),
    "unused_probability": ("Steering along unused variables hardly moves probabilities.", SEEN),
    "unused_covariance": (
        "Steering along unused variables moves the output less than random directions of equal "
        "covariance.",
        SEEN,
    ),
    "b2_weights": (
        "A dictionary leaves less variance unexplained on the trained model than on every control "
        "on its weights.",
        LADDER_PROTOTYPE,
    ),
    "b2_inputs": ("Likewise on the trained inputs and every control on them.", LADDER_PROTOTYPE),
    "b2_activations": (
        "Likewise on the activations and every control on them.",
        LADDER_PROTOTYPE,
    ),
    "b2_unigram": ("Shuffled tokens are close to the corpus.", LADDER_PROTOTYPE),
    "b2_spectrum": (
        "Equal spectra lie between the trained weights and Gaussian ones of equal deviation.",
        LADDER_PROTOTYPE,
    ),
    "b2_embedding": (
        "Equal spectra with the trained embeddings explain most of the gap between the trained and "
        "the untrained model.",
        LADDER_PROTOTYPE,
    ),
    "b2_gaussian": (
        "The matched Gaussian is the worst of all, permuted dimensions are next.",
        LADDER_PROTOTYPE,
    ),
    "b2_cross_entropy": (
        "All re-initialised models have a cross-entropy far above the trained one: above that of "
        "the frequencies of tokens.",
        LADDER_PROTOTYPE,
    ),
    "b3_interpretability": (
        "Automated interpretability is similar for trained and random Pythia models.",
        HEAP,
    ),
    "b3_reconstruction": ("Reconstruction is similar for trained and random Pythia models.", HEAP),
    "b3_reconstruction_analogue": (
        "Dictionaries explain as much variance of the untrained model with the trained embeddings.",
        HEAP + ANALOGUE,
    ),
    "b3_baseline_interpretability": (
        "Random baselines are nearly as interpretable as dictionaries: 0.87 against 0.90.",
        KORZNIKOV,
    ),
    "b3_baseline_probing": (
        "Random baselines are nearly as good at sparse probing: 0.69 against 0.72.",
        KORZNIKOV,
    ),
    "b3_baseline_editing": (
        "Random baselines are as good at causal editing: 0.73 against 0.72.",
        KORZNIKOV,
    ),
    "b3_probing_analogue": (
        "With a frozen random decoder the best single latent reads used variables nearly as well.",
        KORZNIKOV + ANALOGUE,
    ),
    "b4_accuracy": ("Linear and MLP probes reach about 97 % on parts of speech.", HEWITT),
    "b4_selectivity": (
        "On parts of speech the MLP's selectivity is far smaller than the linear probe's, its "
        "accuracy on the control task above 90 %.",
        HEWITT,
    ),
    "b4_selectivity_analogue": (
        "An MLP probe is less selective than a linear one.",
        HEWITT + ANALOGUE,
    ),
    "b4_memorising_analogue": (
        "An MLP probe scores better on the control task than a linear one.",
        HEWITT + ANALOGUE,
    ),
    "b5_selectivity": ("The selectivity of random labels is near 0.", PROTOTYPE),
    "b5_artefact": ("The rule judges at least 95 % of random labels PROBE-ARTEFACT.", PROTOTYPE),
    "b5_one_control": (
        "Beside permuted labels alone, at most 5 % of random labels seem selective.",
        PROTOTYPE,
    ),
    "false_positives": ("The rule judges at most 5 % of random labels MODEL.", RULE),
    "false_positives_language": (
        "Likewise in language models, of random labels of variables and latents.",
        RULE,
    ),
    "family_accuracy": ("The MLP is the most accurate family of probes.", THREAD),
    "family_selectivity": ("The linear family is the most selective.", THREAD),
    "language_used": (
        "In language models the rule sees that used variables have an effect: MODEL or UPSTREAM.",
        RULE,
    ),
    "language_unused": ("The rule does not judge unused variables of a language MODEL.", RULE),
    "language_reinit": (
        "Re-initialised language models decode the unused style better than the trained one.",
        SEEN,
    ),
    "latents_effect": (
        "Taking a latent away moves the output more than twice as far as a random direction of "
        "equal norm.",
        QUESTION,
    ),
    "latents_covariance": ("Likewise, a random direction of equal covariance.", QUESTION),
    "latents_matched": ("It moves the output further than latents like it do.", QUESTION),
    "latents_model": ("Most latents are judged MODEL.", QUESTION),
    **{
        f"beats_{rung}": (
            f"A dictionary leaves less variance unexplained on the trained model than on "
            f"{RUNGS[rung]}."
            if not rung.endswith(("frozen_decoder", "frozen_encoder"))
            else f"A dictionary leaves less variance unexplained than one of {RUNGS[rung]}.",
            QUESTION,
        )
        for rung in LADDER
    },
    **{
        f"{name}_{group}": (
            f"At about equal L0, {title} dictionaries leave less variance unexplained than "
            f"{words}.",
            QUESTION,
        )
        for name, title in ARCHITECTURES.items()
        for group, (_, words) in HARDEST.items()
    },
}
told = telling(FINDINGS)
