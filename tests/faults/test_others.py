"""Files of strangers end in one clear line, in little time and memory, and leave nothing behind."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tegum.cli import main
from tegum.data import files, tensors
from tegum.errors import TegumError

CASES = Path(__file__).parents[1] / "cases"
SAYS = {
    "PK_torn.npz": "File is not a zip file",
    "truncated_half.npz": "File is not a zip file",
    "npy_not_npz.npz": "an npy file, one array without a name",
    "zlib_corrupt.npz": "Error -3 while decompressing",
    "encrypted_flag.npz": "is encrypted",
    "shape_1e12.npz": "does not take 2880 bytes",
    "duplicate_activations.npz": "'activations' is given twice",
    "metadata_null.safetensors": "its __metadata__ is no mapping",
    "names_texsame.npz": "the name 'a' is given twice",
    "untr_ctl_dup.npz": "the control '\N{REPLACEMENT CHARACTER}' is given twice",
}
ONLY_CONTROLS = ("names_texsame.npz", "untr_ctl_dup.npz")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def packed(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(array: np.ndarray, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


@pytest.mark.parametrize("verb", ["controls", "contrast"])
@pytest.mark.parametrize("case", SAYS)
def test_arrays_of_a_stranger_are_refused_in_one_line(capsys, verb, case):
    if verb == "contrast" and case in ONLY_CONTROLS:
        return
    Path(case).write_bytes((CASES / case).read_bytes())
    assert main([verb, case]) == 1
    said = capsys.readouterr()
    assert not said.out and said.err.count("\n") == 1
    assert said.err.startswith(f"error: {case}: ") and SAYS[case] in said.err
    assert [p.name for p in Path().iterdir()] == [case]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (packed(**{"a.npy": bytes(2**24)}), "unpacks to 16 MiB"),
        (packed(**{"a.npy": npy(np.array([{}], object), True)}), "Python objects"),
        (packed(**{"a.npy": npy(np.zeros(2)), "a": npy(np.ones(2))}), "'a' is given twice"),
        (packed(**{"a.npy": npy(np.zeros(2))[:-1]}), "does not take 15 bytes"),
        (packed(**{"readme.txt": b"hello"}), "magic string"),
        (npy(np.zeros(2)), "an npy file"),
        (b"", "not a zip file"),
    ],
    ids=["bomb", "objects", "twice", "short", "no array", "npy", "empty"],
)
def test_an_archive_that_is_not_what_it_says_is_refused(monkeypatch, content, says):
    Path("a.npz").write_bytes(content)
    monkeypatch.setattr(tensors, "UNPACKED", 2**20)
    with pytest.raises(TegumError, match=rf"^a.npz: not an npz file .*{says}"):
        tensors.load_arrays("a.npz")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b"[" * 20000, "nested too deeply"),
        ("a.json", b'{"a": 1, "a": 2}', "'a' is given twice"),
        ("a.json", b"[" + b"0," * 2**23 + b"0]", "longer than 16 MiB"),
        ("a.json.gz", "bomb", "longer than 16 MiB"),
        ("a.json.gz", "two", "something follows"),
    ],
)
def test_json_that_would_take_all_memory_or_says_two_things_is_refused(name, content, says):
    import gzip

    made = {"bomb": lambda: bytes(2**25), "two": lambda: b"{}"}
    if isinstance(content, str):
        content = gzip.compress(made[content]()) + (gzip.compress(b"[]") if says[0] == "s" else b"")
    Path(name).write_bytes(content)
    with pytest.raises(TegumError, match=rf"^{name}: not valid JSON \(.*{says}"):
        files.read_json(name)


def test_what_has_no_end_or_no_bytes_is_not_waited_for():
    import os

    os.mkfifo("pipe.npz")
    for path in ("/dev/zero", "pipe.npz"):
        with pytest.raises(TegumError, match=f"^{path}: cannot be read \\(not a file\\)"):
            files.read_bytes(path)
    with open("large.npz", "wb") as file:
        file.truncate(2**42)
    with pytest.raises(TegumError, match=r"^large.npz: 4194304 MiB, at most 4096 MiB are read"):
        tensors.load_arrays("large.npz")


def test_text_that_is_not_utf_8_is_refused():
    Path("a.yaml").write_bytes(b"title: \xe9")
    with pytest.raises(TegumError, match=r"^a.yaml: not UTF-8 \(.* at byte 7\)"):
        files.read_text("a.yaml")


def test_controls_writes_nothing_until_all_is_ready(monkeypatch, capsys):
    pytest.importorskip("torch")
    from tegum.evidence import page

    def torn(*_):
        raise TegumError("no page")

    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=(160, 1))
    np.savez("a.npz", activations=rng.normal(size=(160, 4)) + labels, labels=labels)
    monkeypatch.setattr(page, "page", torn)
    assert main(["controls", "a.npz", "--draws", "20", "--probes", "linear"]) == 1
    assert capsys.readouterr().err == "error: no page\n"
    assert [p.name for p in Path().iterdir()] == ["a.npz"]


CONFIG = {"architecture": "topk", "d_in": 3, "d_sae": 4, "k": 2}


def saelens(change: dict, scale: float = 1.0) -> None:
    from safetensors.numpy import save_file

    Path("sae").mkdir()
    config = CONFIG | {"metadata": {"sae_lens_version": "6.0.0"}} | change
    Path("sae/cfg.json").write_text(json.dumps(config))
    sizes = {"W_enc": (3, 4), "W_dec": (4, 3), "b_enc": (4,), "b_dec": (3,)}
    weights = {n: np.full(s, scale, "f4") for n, s in sizes.items()}
    save_file(weights, "sae/sae_weights.safetensors")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"apply_b_dec_to_input": 0.5}, "apply_b_dec_to_input is 0.5; expected true or false"),
        ({"apply_b_dec_to_input": "false"}, "apply_b_dec_to_input is 'false'"),
        ({"rescale_acts_by_decoder_norm": 1}, "rescale_acts_by_decoder_norm is 1"),
        ({"activation_fn": "tanh-relu"}, "'activation_fn' is not known here and may change"),
        ({"d_out": 3}, "'d_out' is not known here"),
        ({"reshape_activations": "other"}, "reshape_activations is 'other'"),
    ],
)
def test_a_dictionary_that_may_compute_something_else_is_refused(change, says):
    pytest.importorskip("torch")
    from tegum.interop.files import load

    saelens(change)
    with pytest.raises(TegumError, match=f"^sae: {says}"):
        load("sae")


def test_a_dictionary_whose_codes_leave_single_precision_is_refused():
    pytest.importorskip("torch")
    from tegum.evidence.dictionary import codes_of
    from tegum.interop.files import load

    saelens({}, 3e38)
    with pytest.raises(TegumError, match=r"holds NaN, infinity or more than 1e\+12"):
        load("sae")
    saelens_weights = Path("sae/sae_weights.safetensors")
    arrays = {n: a / np.float32(3e27) for n, a in tensors.load(saelens_weights).items()}
    tensors.save(saelens_weights, arrays)
    with pytest.raises(TegumError, match=r"codes that are not finite or beyond 1e\+12"):
        codes_of(load("sae"), np.full((5, 3), 5e11))
