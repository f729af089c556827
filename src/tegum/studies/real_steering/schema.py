"""Schemas of the study's Datasets; `...` stands for the axes of the sweep."""

from tegum.data.layouts import along
from tegum.data.schema import Layout, schema

F32 = "float32"
VECTORS = ("probe", "mean difference", "pattern", "surgical")
"""The least-squares probe of the sentiment; the difference of the means of both kinds of texts; the
covariance of the probe's output with the activations; what moves this probe and no other."""
CONTROLS = ("shuffled", "equal covariance", "isotropic")
"""The difference of means under shuffled labels; random directions."""
ADDED = [*VECTORS, *CONTROLS]
MEASURES: Layout = {
    "available": ((), F32, "whether the extra `models` was installed"),
    "accuracy": ((), F32, "held-out accuracy of the probe"),
    "accuracy_shuffled": ((), F32, "the same after labels were shuffled"),
    "length": ((), F32, "length of what is added, over a mean activation's from the mean"),
    "gain": (("vector",), F32, "change of the logit of positive minus that of negative"),
    "flipped": (("vector",), F32, "share of texts called negative that are called positive then"),
    "other_logits": (("vector",), F32, "root mean square change of all other logits"),
    "other_probes": (("vector",), F32, "root mean square change of other probes, in deviations"),
    "kl": (("vector",), F32, "KL divergence of the outputs", "nat"),
    "cosine": (("vector", "other"), F32, "cosine of two vectors"),
}
"""What is measured of vectors of equal length."""

SCHEMAS = {
    "fit": schema("real_steering.fit", along(MEASURES, "cell"), missing=MEASURES),
    "measure": schema("real_steering.measure", along(MEASURES, "...")),
}
ALONG = {"available": [1.0], "vector": ADDED, "other": ADDED}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
