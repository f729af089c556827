"""Pages of latents: what they show is what the dataset says, and texts of tokens stay texts."""

import numpy as np
import pytest
import xarray as xr

from tegum.data.letters import utf8
from tegum.site.latents import latent_views
from tegum.site.pages import filled
from tegum.studies.real_dictionaries.schema import BYTES

WORDS = ["a", "<b>", "é", " c", "\n"]


def outputs(available=1.0, kl=4.0):
    """One latent of two dictionaries, which fires most on the third of five tokens."""
    peak = np.array([[0.0, 1.0, 4.0, 2.0, 0.0], [0.0, 0.0, 3.0, 0.0, 0.0]])
    texts = np.array([utf8(word, BYTES) for word in WORDS], np.uint8)
    ends = np.array([[[2.0, 1.0]], [[-4.0, -0.5]]])
    values = {
        "available": ("seed", [available] * 2),
        "latent_place": (("seed", "latent"), [[7.0], [9.0]]),
        "latent_density": (("seed", "latent"), [[0.25], [0.5]]),
        "latent_entropy": (("seed", "latent"), [[1.0], [2.0]]),
        "latent_kl": (("seed", "latent"), [[kl], [kl]]),
        "random_kl": (("seed", "latent"), [[1.0], [1.0]]),
        "matched_kl": (("seed", "latent"), [[1.0], [4.0]]),
        "peak": (("seed", "latent", "example", "offset"), np.stack([peak[None]] * 2)),
        "peak_text": (
            ("seed", "latent", "example", "offset", "byte"),
            np.broadcast_to(texts, (2, 1, 2, 5, BYTES)),
        ),
        "effect": (("seed", "latent", "end", "token"), np.stack([ends.transpose(1, 0, 2)] * 2)),
        "effect_text": (
            ("seed", "latent", "end", "token", "byte"),
            np.broadcast_to(texts[:2], (2, 1, 2, 2, BYTES)),
        ),
    }
    coords = {"seed": [0, 1], "offset": range(-2, 3), "end": ["raised", "lowered"]}
    return xr.Dataset(values, coords)


def ladder():
    density = np.array([[[0.1, 0.2, 0.3, 0.4]], [[0.9, 0.9, 0.9, 0.9]]])
    entropy = np.array([[[0.5, np.nan, 3.0, 4.0]], [[np.nan] * 4]])
    dims = ("rung", "seed", "latent")
    values = {"density": (dims, density), "token_entropy": (dims, entropy)}
    return xr.Dataset(values, {"rung": ["none", "gaussian"], "seed": [0]})


def test_a_latent_is_shown_as_it_was_measured():
    first, second = latent_views([ladder(), outputs()])
    assert (first.name, second.name) == ("0-7", "1-9") and first.first == "é"
    assert first.verdict == "at least twice as much as random directions"
    assert second.verdict.startswith("twice as much as isotropic directions, not")
    assert [w.text for w in first.examples[0]] == WORDS
    assert [w.share for w in first.examples[0]] == [0.0, 0.25, 1.0, 0.5, 0.0]
    assert [w.value for w in first.lowered] == ["-4.00", "-0.50"]
    (like,) = first.likes  # a control without tokens has no entropies to compare with
    assert (like.control, like.density) == ("none", 50)
    assert like.entropy == pytest.approx(100 / 3, abs=0.5)


def test_a_latent_that_does_little_is_said_to():
    assert latent_views([outputs(kl=1.5)])[0].verdict == "not twice as much as random directions"


def test_no_page_is_made_where_nothing_was_measured():
    assert latent_views([outputs(available=0.0)]) == []
    assert latent_views([ladder()]) == []


def test_texts_of_tokens_are_no_markup():
    study = type("Study", (), {"name": "one", "title": "One", "heading": "One"})
    study.latents = latent_views([ladder(), outputs()])
    page = filled("latent", study=study, latent=study.latents[0])
    assert "&lt;b&gt;" in page and "<b>" not in page
    listed = filled("latents", study=study)
    assert 'href="0-7.html"' in listed and 'href="1-9.html"' in listed
