"""Small edits of a `World`, by kind. Each changes one thing and says what, or returns nothing."""

import random
from collections.abc import Callable
from typing import Any

from rules import STUDIES, Rules, State, inputs_of
from world import FURTHER, RELATED, UNRELATED, World

VALUES: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("random_walk", "train", "steps"): (50, 60, 30),
    ("random_walk", "train", "drift"): (0.0, 0.3, None),
    ("random_walk", "fit", "degree"): (1, 2),
    ("random_walk", "measure", "threshold"): (1.0, 2.5, 3.0),
    ("random_walk", "sweeps", "length", "measure", "threshold"): (0.5, 1.0, None),
    ("mean_power", "measure", "scale"): (1.0, 2.0, None),
    ("ridge", "control", "shuffles"): (1, 2, None),
    ("ridge", "measure", "tolerance"): (0.5, 0.25),
    ("ridge", "sweeps", "size", "train", "penalty"): (0.5, 1.0, None),
    ("ridge", "sweeps", "noise", "generate", "samples"): (12, 16, None),
    ("curve", "train", "slope"): (1.0, 3.0, None),
    ("curve", "train", "rate"): (0.5, 0.7, None),
    ("curve", "train", "points"): (5, 6, None),
    ("curve", "sweeps", "waves", "train", "points"): (7, 5, None),
    ("curve", "measure", "offset"): (0.5, 1.0, None),
}
"""Fixed parameters to the values that they may have; None is to be left out."""
UNUSED: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("random_walk", "title"): ("Random walks", "Walks", "Walks: at random"),
    ("ridge", "question"): ("How large is the error?", "What is the error?"),
    ("mean_power", "fit", "power"): (2.0, 3.0, None),
    ("ridge", "generate", "noise"): (0.1, 0.3, None),
    ("random_walk", "sweeps", "length", "fit", "degree"): (1, 2, None),
    ("curve", "sweeps", "lines", "train", "slope"): (1.0, 3.0, None),
}
"""Keys that no stage reads: a text, a parameter that is an axis of all sweeps, or of a stage that
the sweep does not go through."""
AXES: dict[tuple[str, str, str], tuple[Any, ...]] = {
    ("random_walk", "drift", "drift"): (0.0, 0.1, 0.2, 0.3, 0.05),
    ("random_walk", "length", "steps"): (20, 40, 30),
    ("mean_power", "moments", "power"): (1.0, 2.0, 3.0),
    ("ridge", "noise", "noise"): (0.1, 0.2, 0.4),
    ("ridge", "noise", "penalty"): (0.01, 0.1, 1.0),
    ("ridge", "size", "samples"): (8, 12, 16),
    ("curve", "lines", "slope"): (1.0, 2.0, 3.0),
    ("curve", "waves", "rate"): (0.5, 0.7, 0.9),
    ("curve", "both", "model"): ("line", "wave"),
}
SEEDS = (
    ("random_walk", "drift"), ("random_walk", "length"), ("ridge", "noise"), ("ridge", "size"),
    ("curve", "lines"), ("curve", "waves"), ("curve", "both"),
)  # fmt: skip
EXTRA = {"axes": {"drift": [0.0, 0.3], "seed": [0]}, "stages": ["train"]}
NUMBERS = (1.5, 2.0, 3.0, None)

Edit = Callable[[World, random.Random], str]


def valid(state: State) -> bool:
    """Whether every row that a study selects of another is there."""
    for study in STUDIES:
        for sweep in state.params[study]["sweeps"]:
            for entry in (entries := inputs_of(state.params[study], sweep)):
                axes = state.params[entry["study"]]["sweeps"][entry["sweep"]]["axes"]
                if any(not vs or not set(vs) <= set(axes[a]) for a, vs in entry["select"].items()):
                    return False
            if entries and not Rules(state).foreign(study, sweep):
                return False
    return True


def put(world: World, place: tuple[str, ...], value: Any) -> str:
    """Set a key of a params file, or leave it out."""
    study, *path, last = place
    inner = world.state.params[study]
    for part in path:
        inner = inner.setdefault(part, {})
    before = inner.get(last)
    inner[last] = value
    if value is None:
        del inner[last]
    return "" if before == value else f"{'.'.join(place)}: {before} -> {value}"


def value(world: World, rng: random.Random) -> str:
    place = rng.choice(sorted(VALUES))
    return put(world, place, rng.choice(VALUES[place]))


def unused(world: World, rng: random.Random) -> str:
    place = rng.choice(sorted(UNUSED))
    return put(world, place, rng.choice(UNUSED[place]))


def _list(values: list[Any], pool: tuple[Any, ...], rng: random.Random) -> list[Any]:
    """One value more, less or another, or two exchanged."""
    values, new = list(values), [v for v in pool if v not in values]
    how = rng.choice(["add", "remove", "replace", "exchange"])
    at = rng.randrange(len(values))
    if how == "add" and new:
        values.insert(rng.randint(0, len(values)), rng.choice(new))
    elif how == "remove" and len(values) > 1:
        values.pop(at)
    elif how == "replace" and new:
        values[at] = rng.choice(new)
    elif how == "exchange":
        values[0], values[at] = values[at], values[0]
    return values


def _axis(world: World, study: str, sweep: str, axis: str, pool: tuple, rng: random.Random) -> str:
    axes = world.state.params[study]["sweeps"][sweep]["axes"]
    return put(world, (study, "sweeps", sweep, "axes", axis), _list(axes[axis], pool, rng))


def axis(world: World, rng: random.Random) -> str:
    place = rng.choice(sorted(AXES))
    return _axis(world, *place, AXES[place], rng)


def seed(world: World, rng: random.Random) -> str:
    return _axis(world, *rng.choice(SEEDS), "seed", (0, 1, 2, 3), rng)


def buckets(world: World, rng: random.Random) -> str:
    study, sweep = rng.choice(SEEDS)
    return put(world, (study, "sweeps", sweep, "buckets"), rng.choice([1, 2, 3, 4]))


def select(world: World, rng: random.Random) -> str:
    study, sweep, axis, pool = rng.choice(
        [
            ("mean_power", "moments", "drift", (0.0, 0.1, 0.2)),
            ("ridge", "noise", "power", (1.0, 2.0)),
            ("ridge", "size", "power", (1.0, 2.0)),
        ]
    )
    chosen = inputs_of(world.state.params[study], sweep)[0]["select"]
    before = chosen[axis]
    chosen[axis] = _list(before, pool, rng)
    moved = f"{study}/{sweep} selects {axis}: {before} -> {chosen[axis]}"
    return "" if chosen[axis] == before else moved


def sweep(world: World, rng: random.Random) -> str:
    there = "extra" in world.state.params["random_walk"]["sweeps"]
    new = None if there else {k: dict(v) if k == "axes" else v for k, v in EXTRA.items()}
    return put(world, ("random_walk", "sweeps", "extra"), new)


def default(world: World, rng: random.Random) -> str:
    """Another default in a study's `params.py`, where the params file may not state the value."""
    study, section, name, values = rng.choice(
        [
            ("random_walk", "train", "steps", (10, 15)),
            ("random_walk", "train", "drift", (0.0, 0.3)),
            ("mean_power", "measure", "scale", (1.0, 2.0, 0.5)),
            ("ridge", "control", "shuffles", (1, 2, 3)),
            ("ridge", "generate", "noise", (0.1, 0.4)),
            ("curve", "train/line", "slope", (1.0, 3.0)),
            ("curve", "train/wave", "rate", (0.5, 0.9)),
        ]
    )
    section_ = world.state.defaults[study][section]
    before, section_[name] = section_[name], rng.choice(values)
    same = section_[name] == before
    return "" if same else f"default of {study}.{section}.{name}: {before} -> {section_[name]}"


def order(world: World, rng: random.Random) -> str:
    """Keys in another order, other comments, other layout, equal numbers."""
    study = rng.choice(sorted(STUDIES))
    world.style[study] = rng.randint(1, 10**6)
    return f"params/{study}.yaml written in another way"


def code(world: World, rng: random.Random) -> str:
    near = [m for m in RELATED if "/" in m and m.startswith("studies")]
    module = rng.choice(near if rng.random() < 0.8 else RELATED)
    number = rng.choice([n for n in NUMBERS if n != world.state.code.get(module)])
    world.state.code.pop(module, None)
    if number is not None:
        world.state.code[module] = number
    return f"number in {module}: {number}"


def elsewhere(world: World, rng: random.Random) -> str:
    """Code that no stage depends on."""
    module = rng.choice(UNRELATED)
    world.unrelated[module] = rng.randint(1, 10**6)
    return f"constant in {module}"


def words(world: World, rng: random.Random) -> str:
    """A docstring, a comment, empty lines."""
    module = rng.choice([*RELATED, *UNRELATED])
    world.words[module] = rng.randint(1, 10**6)
    return f"docstring and comment in {module}"


def further(world: World, rng: random.Random) -> str:
    """A file that nothing reads: a module that is not imported, an overlay of another scale."""
    path = rng.choice(FURTHER)
    texts = {".py": f"NOTE = {rng.randint(1, 9)}\n", ".md": "# Parameters\n"}
    texts[".yaml"] = f"train: {{penalty: {rng.random():.3f}}}\n"
    world.files[path] = texts["." + path.rsplit(".")[-1]]
    return f"wrote {path}"


EDITS: dict[str, tuple[Edit, int]] = {
    "value": (value, 5),
    "axis": (axis, 5),
    "seed": (seed, 4),
    "code": (code, 5),
    "unused": (unused, 2),
    "buckets": (buckets, 1),
    "select": (select, 2),
    "sweep": (sweep, 1),
    "default": (default, 2),
    "order": (order, 3),
    "elsewhere": (elsewhere, 2),
    "words": (words, 2),
    "further": (further, 1),
}
"""Kind to the edit and how often it is made."""
