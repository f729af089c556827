"""What each stage writes; `...` stands for the axes of the sweep."""

from tegum.data.schema import LOSS_CHANGE, schema
from tegum.metrics.substitutions import LINES, MOVES, SUBSTITUTED

AVAILABLE = ("int8", "whether the text is the one that the parameters name")
LOSS = "cross-entropy on held-out text"
ARMS = ("frozen random", "frozen trained", "frozen permuted")
VARIANTS = ("learned", *ARMS)
CONTROLS = ("none", "gaussian", "permuted", "planted")
SEQUENCES = {"digits": "0123456789", "letters": "abcdefghijklmnopqrstuvwxyz"}
REPLACEMENTS = ("random", "nearest")
CLASSES = ("digit", "word", "part of a word", "white space", "sign")
"""Of tokens."""
STEP = {"step": (("checkpoint",), "int64", "optimiser steps")}

GENERATE = schema(
    "embedding.generate",
    {
        "available": (("cell",), *AVAILABLE),
        "pair": (("cell", "token", "part"), "int32", "what a token is made of"),
        "count": (("cell", "token"), "int32", "occurrences in the text to train on"),
        "n_held_out": (("cell",), "int32", "tokens of the text to evaluate on"),
    },
)
TRAIN = schema(
    "embedding.train",
    {
        "available": (("cell",), *AVAILABLE),
        "evaluation_loss": (("cell", "checkpoint"), "float32", LOSS, "nats per token"),
        "embedding": (("cell", "checkpoint", "token", "dimension"), "float32", "token embedding"),
        "loss_change": (("cell",), *LOSS_CHANGE),
    },
    STEP,
    missing=("evaluation_loss", "loss_change"),
)
FIT = schema(
    "embedding.fit",
    {
        "available": (("cell",), *AVAILABLE),
        "fvu": (
            ("cell", "checkpoint", "control", "l0"),
            "float32",
            "fraction of variance unexplained",
        ),
        "participation_ratio": (("cell", "checkpoint", "control"), "float32"),
    },
    {"control": (("control",), None, "matrix"), "l0": (("l0",), "int64", "atoms of a code")},
)
CONTROL = schema(
    "embedding.control",
    {
        "available": (("cell",), *AVAILABLE),
        "evaluation_loss": (("cell", "arm", "checkpoint"), "float32", LOSS, "nats per token"),
        "loss_change": (("cell", "arm"), *LOSS_CHANGE),
    },
    {"arm": (("arm",), None, "embedding"), **STEP},
    missing=("evaluation_loss", "loss_change"),
)
EMBEDDINGS = schema(
    "embedding.measure",
    {
        "available": (("...",), *AVAILABLE),
        "evaluation_loss": (("...", "variant", "checkpoint"), "float32", LOSS, "nats per token"),
        "loss_change": (("...", "variant"), *LOSS_CHANGE),
        "unigram": (("...",), "float32", "entropy of the frequencies of tokens", "nats per token"),
        "fvu": (
            ("...", "checkpoint", "control", "l0"),
            "float32",
            "fraction of variance unexplained",
        ),
        "participation_ratio": (("...", "checkpoint", "control"), "float32"),
        "row_loss": (
            ("...", "replacement", "row"),
            "float32",
            "loss increase where the token is read last",
            "nats",
        ),
        "row_frequency": (("...", "row"), "float32", "frequency of the token in the text"),
        "same_class": (
            ("...", "checkpoint", "classes"),
            "float32",
            "share of tokens whose nearest neighbour is of their class",
        ),
        "circle": (("...", "stage", "sequence"), "float32", "order around a circle"),
        "circle_p": (("...", "stage", "sequence"), "float32", "permutation p-value"),
        "circle_null": (("...", "stage", "sequence"), "float32", "95th percentile of random order"),
        "component": (("...", "token", "axis"), "float32", "principal component"),
        "token_class": (("...", "token"), "float32", "class of a token"),
    },
    {
        "variant": (("variant",), None, "embedding"),
        "control": (("control",), None, "matrix"),
        "l0": (("l0",), "int64", "atoms of a code"),
        "replacement": (("replacement",), None, "row in its place"),
        "classes": (("classes",), None, "classes of tokens"),
        "stage": (("stage",), None, "embedding"),
        "sequence": (("sequence",), None, "tokens"),
        **STEP,
    },
)
READS = schema(
    "embedding.measure",
    {
        "available": (("...",), *AVAILABLE),
        "loss": (("...",), "float32", LOSS, "nats per token"),
        "loss_change": (("...",), *LOSS_CHANGE),
        "increase": (
            ("...", "cut", "writer", "reader"),
            "float32",
            "loss increase when the read is cut",
            "nats per token",
        ),
    },
    {
        "cut": (("cut",), None, "in place of the output"),
        "writer": (("writer",), "int64", "layer that writes"),
        "reader": (("reader",), "int64", "layer that reads"),
    },
)
TEXTS = ("own", "shuffled")
"""What rows are learned on anew: the text to train on, or its tokens in random order."""
TRAINED = ("decoder", "rows")
RELEARNING = schema(
    "embedding.measure",
    {
        "available": (("...",), *AVAILABLE),
        "loss_change": (("...", "trained"), *LOSS_CHANGE),
        "row_frequency": (("...", "row"), "float32", "frequency of the token in the text"),
        "increase": (
            ("...", "text", "row", "look"),
            "float32",
            "loss increase where the token is read last",
            "nats",
        ),
        "overall": (
            ("...", "text", "row", "look"),
            "float32",
            "loss increase on held-out text",
            "nats per token",
        ),
        "half_life": (
            ("...", "text", "row"),
            "float32",
            "steps until half of the increase is gone",
        ),
        "cosine": (("...", "text", "row", "look"), "float32", "cosine with the old row"),
        "cosine_other": (
            ("...", "text", "row", "look"),
            "float32",
            "largest cosine with another row",
        ),
    },
    {
        "text": (("text",), None, "learned on"),
        "trained": (("trained",), None, "trained"),
        "step": (("look",), "int64", "optimiser steps"),
    },
)
MATRICES = ("embedding", "gaussian", "permuted", "clusters")
PLANES = ("pca", "umap")
MAPS = schema(
    "embedding.measure",
    {
        "available": (("...",), *AVAILABLE),
        "loss_change": (("...",), *LOSS_CHANGE),
        "point": (("...", "matrix", "plane", "token", "axis"), "float32", "place on the map"),
        "class_share": (
            ("...", "matrix", "plane"),
            "float32",
            "share of neighbours on the map that have the token's class",
        ),
        "silhouette": (
            ("...", "matrix", "plane"),
            "float32",
            "silhouette of k-means clusters on the map",
        ),
        "token_class": (("...", "token"), "float32", "class of a token"),
    },
    {"matrix": (("matrix",), None, "matrix"), "plane": (("plane",), None, "map")},
)
FITTED = ("decoder", "dictionary")
ERRORS = schema(
    "embedding.measure",
    {
        "available": (("...",), *AVAILABLE),
        "loss_change": (("...", "trained"), *LOSS_CHANGE),
        "fvu": (("...",), "float32", "fraction of variance unexplained"),
        "l0": (("...",), "float32", "active latents per sample"),
        "kl": (("...", "substitution"), "float32", "KL divergence of the outputs", "nat"),
        "loss": (("...", "substitution"), "float32", "change of the loss on what follows", "nat"),
        "length": (("...", "substitution"), "float32", "length of the change"),
        "moved_kl": (("...", "move"), "float32", "KL divergence from the reconstruction's", "nat"),
        "movable": (
            ("...",),
            "float32",
            "share of samples in which active latents can move so far",
        ),
        "line_kl": (("...", "line", "distance"), "float32", "KL divergence along a line", "nat"),
        "half": (("...", "line"), "float32", "distance at half of the largest divergence"),
    },
    {
        "trained": (("trained",), None, "trained"),
        "substitution": (("substitution",), None, "change"),
        "move": (("move",), None, "change"),
        "line": (("line",), None, "direction"),
        "distance": (("distance",), None, "distance, over that of a mean activation from the mean"),
    },
)
SCHEMAS = {
    "generate": GENERATE,
    "train": TRAIN,
    "fit": FIT,
    "control": CONTROL,
    "measure/embeddings": EMBEDDINGS,
    "measure/reads": READS,
    "measure/relearning": RELEARNING,
    "measure/maps": MAPS,
    "measure/errors": ERRORS,
}
ALONG = {
    "available": [1],
    "variant": list(VARIANTS),
    "control": list(CONTROLS),
    "l0": [1, 2, 4],
    "replacement": list(REPLACEMENTS),
    "classes": ["own", "permuted"],
    "stage": ["before training", "trained"],
    "sequence": list(SEQUENCES),
    "axis": 2,
    "step": ("checkpoint", [0, 1, 256]),
    "cut": ["mean", "shuffled", "random"],
    "writer": [0, 1, 2, 3, 4],
    "reader": [1, 2, 3, 4, 5],
    "text": list(TEXTS),
    "matrix": list(MATRICES),
    "plane": list(PLANES),
    "substitution": SUBSTITUTED,
    "move": MOVES,
    "line": LINES,
    "distance": [i / 7 for i in range(8)],
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
