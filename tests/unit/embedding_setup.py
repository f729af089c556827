"""Small decoders of the text of a package, for tests of the study `embedding`."""

from tegum.experiment.cell import Cell, Context
from tegum.interop.package_text import PackageText, package_text
from tegum.models.language import LanguageModel
from tegum.studies.embedding import control, generate, train
from tegum.studies.embedding.params import Generate, Train

SMALL = {"width": 8, "mlp_width": 16, "n_heads": 2, "context": 8, "batch": 4, "windows": 16}


def decoder(n_layers=3, seeds=(1,), width=8):
    return LanguageModel(
        n_tokens=20,
        length=6,
        width=width,
        mlp_width=16,
        n_heads=2,
        n_layers=n_layers,
        seeds=list(seeds),
    )


def text_of(package: str, folder: str) -> PackageText:
    found = package_text(package, [folder])
    assert found is not None
    return found


def digest() -> str:
    return text_of("sympy", "sets").digest


def section(sha256: str | None = None) -> Generate:
    return Generate(folders="sets", sha256=digest() if sha256 is None else sha256, n_tokens=160)


def trained(given: Generate, **changes):
    """Rows of `generate` and `train` of one decoder, and the parameters that they are made by."""
    params = Train(**{**SMALL, "steps": 60, "looks": 2, "learning_rate": 0.02, **changes})
    quiet = Context(progress=False)
    made = generate.run([Cell("embedding", "generate", {"seed": 0}, given)], {}, quiet)
    upstream = {"generate": given, "train": params}
    cell = Cell("embedding", "train", {"seed": 0}, params, upstream)
    return {"generate": made, "train": train.run([cell], {"generate": made}, quiet)}, upstream


def chain(given: Generate):
    """The same rows, and those of `control`."""
    rows, upstream = trained(given, warm_up=5)
    other = Cell("embedding", "control", {"seed": 0}, control.Control(), upstream)
    return rows, control.run([other], rows, Context(progress=False))
