"""How well dictionaries recover known features, beside SAELens and dictionary_learning.

Every side trains on the same fresh samples, with the same steps, batch, learning rate (risen over a
fortieth of the steps, falling to 0 in the second half), sparsity and silence after which a latent
is dead; all else is each side's default. All are measured by the same functions on held-out
samples, and the table goes to docs/peers.md. Usage: python benchmarks/quality.py [topk] [gated] ...
[--steps 4000] [--seeds 3] [--n-inputs 32] [--batch 512], in the environment of `make interop`.

With --keep FOLDER what was measured lies there, one JSON file per architecture and side. The named
architectures are trained here again, and by the peers if there is no file of the same options; the
table has every architecture that has files of the same options. So it can be made in parts.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import sae_lens
import torch
from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
from dictionary_learning.trainers.gdm import GatedSAETrainer
from dictionary_learning.trainers.jumprelu import JumpReluTrainer
from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKTrainer
from dictionary_learning.trainers.standard import StandardTrainer, StandardTrainerAprilUpdate
from dictionary_learning.trainers.top_k import TopKTrainer
from sae_lens.config import SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer
from scipy.stats import t as student
from torch import Tensor

from tegum.data.files import write_bytes
from tegum.dictionaries.quality import Coded, Truth, quality
from tegum.dictionaries.quality import coded as coded_here
from tegum.dictionaries.sections import SECTIONS
from tegum.dictionaries.study import Task, fit_all
from tegum.metrics.geometry import unit
from tegum.synthetic.batches import Stream
from tegum.synthetic.known_features import ROOT, KnownFeatures, World
from tegum.training.loop import prepare_process

PAGE = Path(__file__).parents[1] / "docs" / "peers.md"
BEGIN = "\n## Quality\n\n<!-- written by benchmarks/quality.py -->\n"
END = "<!-- end of quality -->\n"
SIDES = ("tegum", "SAELens", "dictionary_learning")
MEASURES = {"mcc": "MCC", "support_f1": "F1", "fvu": "FVU", "l0": "L0", "dead_fraction": "dead"}
WORLDS = ("equal", "zipf")
PROBABILITY = 0.03
STRENGTHS = {"standard": 0.6, "l1": 0.6, "gated": 0.6, "jumprelu": 0.2}
"""lambda; active features have a mean size of 1 (`equal`) or 1/2 (`zipf`)."""
HELD_OUT = 4096

Encode = Callable[[Tensor], Coded]
"""What a trained dictionary makes of samples (sample, input)."""
Update = Callable[[Tensor], None]
"""One step on a batch (sample, input)."""


@dataclass(frozen=True)
class Size:
    """What all runs of one table share."""

    n_inputs: int
    batch: int
    steps: int

    @property
    def n_features(self) -> int:
        """As many as a dictionary has latents."""
        return 4 * self.n_inputs

    @property
    def k(self) -> int:
        """About as many features are active."""
        return round(PROBABILITY * self.n_features)

    @property
    def prefixes(self) -> list[int]:
        return [self.n_features // 8, self.n_features // 2, self.n_features]

    @property
    def warm_up(self) -> int:
        return self.steps // 40

    @property
    def silent_steps(self) -> int:
        """Steps of silence after which a latent is dead."""
        return self.steps // 10


@dataclass(frozen=True)
class Run:
    """One dictionary to train, by every side."""

    world: str
    learning_rate: float
    seed: int


def make_world(name: str, seed: int, size: Size) -> World:
    """`equal`: independent, equally frequent, sizes N(1, 1/4). `zipf`: frequencies as the inverse
    root of the rank, correlated by four factors, sizes U(0, 1]."""
    rng = np.random.default_rng([seed, WORLDS.index(name)])
    count = size.n_features
    directions = unit(rng.standard_normal((count, size.n_inputs))).astype(np.float32)
    free = np.full(count, ROOT)
    if name == "equal":
        return World(directions, np.full(count, PROBABILITY), free, np.zeros((count, 1)), free)
    weight = np.arange(1, count + 1) ** -0.5
    loading = unit(rng.standard_normal((count, 4))) * 0.1**0.5
    frequency = weight * (PROBABILITY / weight.mean())
    return World(directions, frequency, free, loading, free, magnitudes="uniform")


def tegum(
    architecture: str, runs: Sequence[Run], worlds: Mapping[tuple[str, int], World], size: Size
) -> list[Encode]:
    """All runs as one ensemble, as studies fit them."""
    kind = SECTIONS[architecture]
    pool = {
        "dictionary_steps": size.steps,
        "dictionary_batch": size.batch,
        "warm_up": size.warm_up,
        "penalty": STRENGTHS.get(architecture),
        "k": size.k,
        "prefixes": size.prefixes,
    }
    section = kind(**{name: value for name, value in pool.items() if name in kind.model_fields})
    tasks = [
        Task(section, size.n_inputs, size.n_features, run.learning_rate, run.seed, place)
        for place, run in enumerate(runs)
    ]

    def stream(pack: Sequence[Task]) -> Stream:
        chosen = [runs[task.order] for task in pack]
        of_each = [worlds[run.world, run.seed] for run in chosen]
        return KnownFeatures(of_each, [run.seed for run in chosen], size.batch)

    fits = fit_all(tasks, stream, "cpu")
    return [lambda x, fit=fit: coded_here(fit.dictionary, x) for fit in fits]


def with_sae_lens(architecture: str, run: Run, size: Size) -> tuple[Update, Encode] | None:
    shape: dict[str, Any] = {"d_in": size.n_inputs, "d_sae": size.n_features}
    strength = STRENGTHS.get(architecture)
    match architecture:
        case "l1":
            options = sae_lens.StandardTrainingSAEConfig(**shape, l1_coefficient=strength)
            sae = sae_lens.StandardTrainingSAE(options)
        case "gated":
            options = sae_lens.GatedTrainingSAEConfig(**shape, l1_coefficient=strength)
            sae = sae_lens.GatedTrainingSAE(options)
        case "jumprelu":
            options = sae_lens.JumpReLUTrainingSAEConfig(**shape, l0_coefficient=strength)
            sae = sae_lens.JumpReLUTrainingSAE(options)
        case "topk":
            sae = sae_lens.TopKTrainingSAE(sae_lens.TopKTrainingSAEConfig(**shape, k=size.k))
        case "batchtopk":
            options = sae_lens.BatchTopKTrainingSAEConfig(**shape, k=size.k)
            sae = sae_lens.BatchTopKTrainingSAE(options)
        case "matryoshka":
            options = sae_lens.MatryoshkaBatchTopKTrainingSAEConfig(
                **shape, k=size.k, matryoshka_widths=size.prefixes
            )
            sae = sae_lens.MatryoshkaBatchTopKTrainingSAE(options)
        case "matching_pursuit":
            options = sae_lens.MatchingPursuitTrainingSAEConfig(
                **shape, max_iterations=size.k, decoder_init_norm=1.0
            )
            sae = sae_lens.MatchingPursuitTrainingSAE(options)
        case _:
            return None
    plan = SAETrainerConfig(
        total_training_samples=size.steps * size.batch,
        train_batch_size_samples=size.batch,
        lr=run.learning_rate,
        lr_end=0.0,
        lr_warm_up_steps=size.warm_up,
        lr_decay_steps=size.steps // 2,
        dead_feature_window=size.silent_steps,
    )
    trainer = SAETrainer(plan, sae, iter(()))

    def update(x: Tensor) -> None:
        trainer.step(x)
        trainer.n_training_steps += 1

    def encode(x: Tensor) -> Coded:
        with tempfile.TemporaryDirectory() as folder:
            sae.save_inference_model(folder)
            ready = sae_lens.SAE.load_from_disk(folder)
        codes = ready.encode(x)
        return Coded(codes.numpy(), ready.decode(codes).numpy(), ready.W_dec.detach().numpy())

    return update, encode


def with_dictionary_learning(
    architecture: str, run: Run, size: Size
) -> tuple[Update, Encode] | None:
    common: dict[str, Any] = {
        "activation_dim": size.n_inputs,
        "dict_size": size.n_features,
        "lr": run.learning_rate,
        "steps": size.steps,
        "warmup_steps": size.warm_up,
        "decay_start": size.steps // 2,
        "layer": 0,
        "lm_name": "none",
        "device": "cpu",
        "seed": run.seed,
    }
    penalised = {"l1_penalty": STRENGTHS.get(architecture), "sparsity_warmup_steps": None}
    largest = {"k": size.k, "threshold_start_step": size.silent_steps}
    match architecture:
        case "standard":
            trainer = StandardTrainer(**common, **penalised)
        case "l1":
            trainer = StandardTrainerAprilUpdate(**common, **penalised)
        case "gated":
            trainer = GatedSAETrainer(**common, **penalised)
        case "jumprelu":  # has no strength but a number that shall fire
            trainer = JumpReluTrainer(
                **common, target_l0=float(size.k), bandwidth=0.05, sparsity_warmup_steps=None
            )
        case "topk":
            trainer = TopKTrainer(**common, **largest)
        case "batchtopk":
            trainer = BatchTopKTrainer(**common, **largest)
        case "matryoshka":
            bounds = np.diff([0, *size.prefixes]) / size.n_features
            trainer = MatryoshkaBatchTopKTrainer(**common, **largest, group_fractions=[*bounds])
        case _:
            return None
    if hasattr(trainer, "dead_feature_threshold"):
        trainer.dead_feature_threshold = size.silent_steps * size.batch
    done = iter(range(size.steps))

    def update(x: Tensor) -> None:
        trainer.update(next(done), x)

    def encode(x: Tensor) -> Coded:
        codes, ae = trainer.ae.encode(x), trainer.ae
        rows = ae.W_dec if hasattr(ae, "W_dec") else ae.decoder.weight.T
        return Coded(codes.numpy(), ae.decode(codes).numpy(), rows.detach().numpy())

    return update, encode


def peers(
    architecture: str, runs: Sequence[Run], worlds: Mapping[tuple[str, int], World], size: Size
) -> dict[str, list[Encode]]:
    """Every run by both peers, on the samples that ours see."""
    made: dict[str, list[tuple[Update, Encode]]] = {}
    for side, make in zip(SIDES[1:], (with_sae_lens, with_dictionary_learning), strict=True):
        for run in runs:
            torch.manual_seed(run.seed)
            one = make(architecture, run, size)
            if one is not None:
                made.setdefault(side, []).append(one)
    for key, world in worlds.items():
        mine = [i for i, run in enumerate(runs) if (run.world, run.seed) == key]
        stream = KnownFeatures([world], [key[1]], size.batch)
        for step in range(size.steps):
            x = stream.batch(step)[0][0]
            for each in made.values():
                for i in mine:
                    each[i][0](x)
    return {side: [encode for _, encode in each] for side, each in made.items()}


@torch.no_grad()
def measured(encode: Encode, world: World, seed: int) -> dict[str, float]:
    features = world.features(10_000 + seed, HELD_OUT)
    x = world.activations(features)
    found = quality(encode(x), x.numpy(), Truth(world.directions, features > 0))
    return {name: float(found[name]) for name in MEASURES}


Numbers = list[dict[str, float]]
"""What one side reaches, one entry per run."""

Row = tuple[str, str, float, dict[str, Numbers]]
"""Architecture, world, learning rate, numbers of each side."""


class Kept:
    """Numbers by architecture and side, in a folder or, without one, in memory."""

    def __init__(self, folder: Path | None, runs: Sequence[Run], size: Size) -> None:
        self.folder = folder
        self.options = {"size": asdict(size), "runs": [asdict(run) for run in runs]}
        self._found: dict[tuple[str, str], Numbers] = {}

    def write(self, architecture: str, side: str, numbers: Numbers) -> None:
        self._found[architecture, side] = numbers
        if self.folder is not None:
            text = json.dumps(self.options | {"numbers": numbers}, indent=1)
            write_bytes(self._path(architecture, side), text.encode())

    def read(self, architecture: str, side: str) -> Numbers | None:
        """None where there are none of the same options."""
        if (architecture, side) in self._found or self.folder is None:
            return self._found.get((architecture, side))
        path = self._path(architecture, side)
        kept = json.loads(path.read_text()) if path.exists() else {}
        same = kept and all(kept[name] == value for name, value in self.options.items())
        return kept["numbers"] if same else None

    def _path(self, architecture: str, side: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{architecture}-{side}.json"


def compare(architecture: str, runs: Sequence[Run], size: Size, kept: Kept) -> None:
    """Train and measure every run: here, and by the peers whose numbers are not kept."""
    keys = dict.fromkeys((run.world, run.seed) for run in runs)
    worlds = {key: make_world(*key, size) for key in keys}
    encoders = {"tegum": tegum(architecture, runs, worlds, size)}
    if all(kept.read(architecture, side) is None for side in SIDES[1:]):
        encoders |= peers(architecture, runs, worlds, size)
    for side, each in encoders.items():
        pairs = zip(each, runs, strict=True)
        numbers = [measured(e, worlds[run.world, run.seed], run.seed) for e, run in pairs]
        kept.write(architecture, side, numbers)


def rows_of(architecture: str, runs: Sequence[Run], kept: Kept) -> Iterator[Row]:
    """By world and learning rate what each side reaches, one entry per seed; none if ours is not
    kept."""
    by_side = {side: kept.read(architecture, side) for side in SIDES}
    if by_side["tegum"] is None:
        return
    for world, rate in dict.fromkeys((run.world, run.learning_rate) for run in runs):
        places = [
            i for i, run in enumerate(runs) if (run.world, run.learning_rate) == (world, rate)
        ]
        found = {s: [each[i] for i in places] for s, each in by_side.items() if each is not None}
        yield architecture, world, rate, found


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation."""
    return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def beside(found: Mapping[str, list[dict[str, float]]], measure: str) -> tuple[bool, bool]:
    """Whether ours is at least the better peer minus its standard deviation; and at least it."""
    own = statistics.mean(one[measure] for one in found["tegum"])
    best, deviation = max(
        spread([one[measure] for one in each]) for side, each in found.items() if side != "tegum"
    )
    return own >= best - deviation, own >= best


def table(rows: Sequence[Row], size: Size, seeds: int) -> str:
    """The page's part, with how often ours are level with the better peer."""
    told = [
        f"d = {size.n_inputs}, {size.n_features} features and latents, p = {PROBABILITY}, batch "
        f"{size.batch}, {size.steps} steps, fresh samples, {seeds} seeds: mean (standard "
        "deviation), here / SAELens / dictionary_learning; - where a side has no such architecture."
    ]
    for measure in ("mcc", "support_f1"):
        level = [beside(found, measure) for *_, found in rows]
        told.append(
            f"{MEASURES[measure]}: at least the better peer minus one of its standard deviations "
            f"in {sum(a for a, _ in level)} of {len(level)}, at least the better peer in "
            f"{sum(b for _, b in level)}."
        )
    if seeds > 1:
        chance = student.cdf(-sqrt(seeds / 2), seeds - 1)
        told.append(
            f"Of two equal methods one falls short by more than that in {chance:.0%} of rows."
        )
    head = ["architecture", "world", "rate", *MEASURES.values()]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for architecture, world, rate, found in rows:
        cells = [architecture, world, f"{rate:g}"]
        for measure in MEASURES:
            each = []
            for side in SIDES:
                values = [one[measure] for one in found.get(side, [])]
                digits = 2 if measure == "l0" else 3
                mean = f"{spread(values)[0]:.{digits}f}" if values else "-"
                deviation = f" ({spread(values)[1]:.{digits}f})" if values else ""
                each.append(mean + (deviation if measure in ("mcc", "support_f1") else ""))
            cells.append(" / ".join(each))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n\n".join(["\n".join(told), "\n".join(lines)]) + "\n"


def publish(text: str) -> None:
    """Put the table between its marks in docs/peers.md, or at its end if there are none."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    write_bytes(PAGE, (before + BEGIN + text + END + after).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architectures", nargs="*", default=list(SECTIONS))
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--n-inputs", type=int, default=32)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-3, 5e-3])
    options = parser.parse_args()
    prepare_process()
    size = Size(options.n_inputs, options.batch, options.steps)
    runs = [
        Run(world, rate, seed)
        for world in WORLDS
        for rate in options.rates
        for seed in range(options.seeds)
    ]
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    kept = Kept(options.keep, runs, size)
    for architecture in options.architectures:
        start = time.process_time()
        compare(architecture, runs, size, kept)
        print(f"{architecture}: {time.process_time() - start:.0f} s of CPU", flush=True)
        rows = [row for name in SECTIONS for row in rows_of(name, runs, kept)]
        publish(table(rows, size, options.seeds))


if __name__ == "__main__":
    main()
