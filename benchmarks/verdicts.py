"""How often the verdicts of `tegum controls` are wrong: `python benchmarks/verdicts.py [DRAWS]`.

Every draw is a model of its own with 600 samples in 12 dimensions, of which four variables are
known: a conjunction that it computes and uses; a bit that it writes and does not use, as untrained
models do; and labels that say nothing, of each sample or of each of 32 types of input. Without
types, those of each sample have permuted labels as their only label control. Prints the share of
each verdict with its 95 % interval (Wilson).
"""

import sys
from collections import Counter

import numpy as np
from scipy.stats import binomtest

from tegum.evidence.arrays import checked
from tegum.evidence.variables import Options, analyse

SAMPLES, DIMENSIONS, OUTPUTS = 600, 12, 8
OPTIONS = Options(families=("linear",), resamples=1000)


def model(seed: int) -> dict[str, np.ndarray]:
    """Arrays as in a user's file."""
    rng = np.random.default_rng(seed)
    bits = rng.random((SAMPLES, 8)) < 0.5
    types = bits[:, 3:] @ (2 ** np.arange(5))
    labels = {
        "used": bits[:, 0] & bits[:, 1],
        "unused": bits[:, 2],
        "nothing": rng.random(SAMPLES) < 0.4,
        "nothing of types": (rng.random(32) < 0.5)[types],
    }
    basis = np.linalg.qr(rng.standard_normal((DIMENSIONS, DIMENSIONS)))[0]

    def written(*features: np.ndarray) -> np.ndarray:
        noise = 0.4 * rng.standard_normal((SAMPLES, DIMENSIONS))
        return np.column_stack(features) @ basis[: len(features)] + noise

    others = rng.standard_normal((DIMENSIONS, OUTPUTS))
    others -= np.outer(basis[1], basis[1] @ others)
    return {
        "activations": written(1.5 * labels["used"], labels["unused"], *bits[:, 3:].T),
        "activations_untrained": written(*bits.T[[0, 2, 1]], *bits[:, 3:].T),
        "labels": np.column_stack(list(labels.values())),
        "names": np.array(list(labels)),
        "types": types,
        "readout": others + 8 * np.outer(basis[0], np.eye(OUTPUTS)[0]),
    }


def main(draws: int) -> None:
    """Print one line for each variable, control and verdict."""
    found: Counter[tuple[str, str, str]] = Counter()
    for seed in range(draws):
        arrays = model(seed)
        without = {
            "activations": arrays["activations"],
            "labels": arrays["labels"][:, 2],
            "names": np.array(["nothing"]),
        }
        for controls, given in (("types", arrays), ("permuted only", without)):
            for variable in analyse(checked(given, f"draw {seed}"), OPTIONS)[0]:
                found[variable.name, controls, str(variable.judgement.verdict)] += 1
    for (name, controls, verdict), count in sorted(found.items()):
        interval = binomtest(count, draws).proportion_ci(method="wilson")
        share = f"{count / draws:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
        print(f"{name:18}{controls:15}{verdict:16}{share}  {count} of {draws}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
