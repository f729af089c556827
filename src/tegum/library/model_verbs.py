"""`tegum activations`: what a person types about models of others."""

import argparse
from collections.abc import Callable

from tegum.library.terminal import say


def add(verb: Callable[[str], argparse.ArgumentParser]) -> None:
    """Add the verbs to a parser."""
    sub = verb("activations")
    sub.add_argument(
        "model",
        help="smollm2-135m-instruct, all-minilm-l6-v2, a folder, a GGUF file, or OWNER/NAME",
    )
    sub.add_argument("text", help="a text file")
    sub.add_argument(
        "--layer",
        action="append",
        required=True,
        metavar="NAME",
        help="hook point, e.g. blocks.7.hook_resid_post, or 7 for short; may be given often",
    )
    sub.add_argument("--out", metavar="FOLDER", help="by default one in .tegum/activations")
    sub.add_argument("--context", type=int, default=128, help="tokens in a sequence")
    sub.add_argument("--skip", type=int, default=1, help="first tokens that are not kept")
    sub.add_argument("--tokens", type=int, help="how many are kept at most")
    sub.add_argument("--batch", type=int, default=8, help="sequences in a batch")
    sub.add_argument("--dtype", default="float32", help="float32, bfloat16 or float16")
    sub.add_argument("--store", default="float32", help="float32 or float16")
    sub.add_argument("--device", default="cpu", help="cpu or cuda")


def activations(args: argparse.Namespace) -> int:
    """Write activations of a model of others at hook points, as safetensors with an index."""
    from pathlib import Path

    from tegum.interop.models.activations import activations

    names = ("out", "context", "skip", "tokens", "batch", "dtype", "device", "store")
    options = {name: getattr(args, name) for name in names}
    found = activations(args.model, Path(args.text), args.layer, **options)
    recipe, speed = found.recipe, found.tokens_per_second
    paths = {hook: str(found.path(hook)) for hook in recipe["hooks"]}
    lines = [f"model: {recipe['model']}, weights {recipe['weights'][:16]}"]
    lines += [f"note: {recipe['note']}"] if recipe["note"] else []
    lines += [
        f"{paths[hook]}: {found.count:,} x {width}, {recipe['stored']}"
        for hook, width in recipe["hooks"].items()
    ]
    done = f"{speed:,.0f} tokens a second" if speed else "nothing to be done: all were there"
    rest = {"files": paths, "count": found.count, "tokens_per_second": speed}
    say(args, {"recipe": recipe, **rest}, "\n".join([*lines, done]))
    return 0
