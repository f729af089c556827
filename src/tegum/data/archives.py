"""Zip files of models, unpacked at once into the local cache."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from tegum.data import files
from tegum.errors import TegumError

LARGEST = 2**34
"""Bytes that an archive may unpack to."""


def unpacked(archive: Path, folder: Path, wanted: str) -> Path:
    """The folder in which `wanted` lies highest after unpacking `archive` into `folder`, once.

    Raises:
        TegumError: when the archive is damaged, too large, holds no such file, or would write
            elsewhere; nothing is then in `folder`.
    """

    def fill(made: Path) -> None:
        with zipfile.ZipFile(archive) as file:
            if sum(m.file_size for m in file.infolist()) > LARGEST:
                raise TegumError(f"{archive}: unpacks to more than {LARGEST >> 30} GiB")
            file.extractall(made)
        if not any(made.rglob(wanted)):
            raise TegumError(f"{archive}: no {wanted} in it")

    try:
        filled(folder, fill)
    except (zipfile.BadZipFile, EOFError) as error:
        raise TegumError(f"{archive}: damaged ({files.one_line(error)})") from None
    return min(folder.rglob(wanted), key=lambda p: (len(p.parts), p)).parent


def filled(folder: Path, fill: Callable[[Path], None]) -> Path:
    """`folder`, which `fill` filled beside it before it was put in its place; once.

    Raises:
        TegumError: when it cannot be written; nothing is then in `folder`.
    """
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(suffix=files.PARTIAL, dir=folder.parent))
    except OSError as error:
        raise TegumError(f"{folder}: cannot be written ({error.strerror})") from None
    try:
        fill(made)
        if not folder.is_dir():
            files.replace_folder(folder, made)
    except OSError as error:
        raise TegumError(f"{folder}: cannot be written ({error.strerror or error})") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder
