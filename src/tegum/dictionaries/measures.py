"""Names of what is measured of dictionaries: reconstruction, and recovery of known features.

Schemas and claims read them where torch need not be installed.
"""

RECONSTRUCTION = {
    "fvu": "fraction of variance unexplained",
    "l0": "active latents per sample",
    "dead_fraction": "share of dead latents",
    "shrinkage": "mean |x'| / |x|",
    "relative_bias": "relative reconstruction bias",
}
RECOVERY = {
    "true_l0": "active features per sample",
    "mcc": "matched |cos| with the true features",
    "mcc_matched": "matched |cos|, unmatched features left out",
    "mcc_signed": "matched cosine, opposite directions apart",
    "mmcs": "mean best |cos| of the true features",
    "recovered_fraction": "share of features with |cos| >= 0.9",
    "uniqueness": "distinct best features per latent",
    "support_f1": "F1 of the supports",
    "precision": "precision of the supports",
    "recall": "recall of the supports",
}
QUALITY = RECONSTRUCTION | RECOVERY
"""Names of the numbers to what they are."""
BEST_COSINE = {"best_cosine": "best |cos| of a true feature"}
"""What is known of each feature."""
