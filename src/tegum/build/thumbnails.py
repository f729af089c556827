"""Small pictures of the figures, kept in git, so that the gallery shows them on a code host."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tegum.build.project import Project
from tegum.data.files import forget, read_bytes, write_bytes

FOLDER = Path("docs/figures")
WIDTH, COLOURS = 560, 32
SOURCE = "source"
"""Name of the text in a small picture that has the digest of the figure."""


def thumbnail(png: bytes) -> bytes:
    """A figure at most `WIDTH` pixels wide, in `COLOURS` colours, with the digest of the figure."""
    picture, buffer, note = Image.open(BytesIO(png)).convert("RGB"), BytesIO(), PngInfo()
    if picture.width > WIDTH:
        size = (WIDTH, round(picture.height * WIDTH / picture.width))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    note.add_text(SOURCE, sha256(png).hexdigest())
    # An octree keeps the hues of thin lines, which the median cut averages to grey.
    octree, plain = Image.Quantize.FASTOCTREE, Image.Dither.NONE
    small = picture.quantize(COLOURS, method=octree, dither=plain)
    small.save(buffer, "png", optimize=True, pnginfo=note)
    return buffer.getvalue()


def place(study: str, name: str) -> Path:
    """Where the small picture of a figure lies."""
    return FOLDER / study / f"{name}.png"


def is_of(small: bytes, png: bytes) -> bool:
    """Whether a small picture was made of this figure."""
    return Image.open(BytesIO(small)).info.get(SOURCE) == sha256(png).hexdigest()


def refresh(project: Project) -> list[str]:
    """Make the small pictures of figures that changed, and remove those of figures that are gone.

    Returns:
        The paths of what was written or removed.
    """
    figures = {place(s, n): (s, n) for s in project.studies for n in project.figures(s)}
    gone = [p for p in FOLDER.glob("*/*.png") if p not in figures]
    for path in gone:
        forget(path)
    changed = list(map(str, gone))
    for path, (study, name) in figures.items():
        png = read_bytes(project.layout.figure(study, name, "png"))
        if not path.is_file() or not is_of(read_bytes(path), png):
            write_bytes(path, thumbnail(png))
            changed.append(str(path))
    return changed
