"""Phrases of every kind find the same recorded papers as a plain model of arXiv's search does."""

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from plain_search import has_all, has_beginning, has_phrase
from recorded_days import lines, recorded_paper

from digest.model.keyword import Keyword
from digest.model.paper import Paper
from digest.search.conditions import condition
from digest.search.documents import Document, document_of
from digest.search.grammar import parse
from digest.source.arxiv_api.query import arxiv_query

pytestmark = pytest.mark.real

PHRASES = {
    "plain nouns": """
        graph neural networks; time series; trajectory; diffusion models; molecular generation;
        large language models; reinforcement learning; knowledge graph; anomaly detection; point
        cloud; message passing; contrastive learning; optimal transport; node classification;
        traffic forecasting; drug discovery; path planning; pedestrian; recommendation systems;
        causal discovery; transformers; autonomous driving; self-attention mechanisms; link
        predictions
        """,
    "dotted words": """
        GitHub; github.com; GitHub.com; arxiv.org; i.i.d; i.i.d.; e.g; i.e.; a.k.a; et al.;
        huggingface; https://github.com; U.S.; w.r.t; .NET; node.js; v1.0
        """,
    "common words alone": """
        this is; to be; it is; such as; in the; of the; is not; not to be; that they are; as a;
        the; by the; THIS IS
        """,
    "logi": """
        technological; technology; topology; topological; methodology; methodologies; ecology;
        ecological; cosmology; biology; biological; psychology; neurology; ontology; pathology;
        terminology; astrology; physiological; possibly; reliably; analogy
        """,
    "holes": """
        state of the art; transformers for time series; time series in the wild; learning with
        noise; learning to rank; models of the world; mixture of experts; chain of thought; bag
        of words; internet of things; quality of service; point of interest; rate of change;
        graph as a network; end to end; one to many
        """,
    "common words at an end": """
        as a service; survey of; the survey; a graph; graph of; networks and; and networks; for
        time series; into the future; with attention; data as; of the art; no training; not only
        """,
    "numbers": """
        GPT-4; GPT-3.5; 3.5; 4; 1,000; 1000; 10,000; 2D; 3D; 5G; ResNet-50; 0.5; COVID-19; 2023;
        l1 norm; R^2; 95%; 10x
        """,
    "underscore and signs": """
        x_1; k_t; R_0; h_t; C++; F#; and/or; A*; O(n); $O(n)$; x^2; p<0.05; A&B; input/output;
        _; --; +++
        """,
    "accents and Greek": """
        Schrödinger; Schrodinger; Erdős; naïve; naive; café; Poincaré; Poincare; Gödel; Hölder;
        Rényi; Fréchet; Frechet; Lévy; α; β-VAE; μ; ε-greedy; Itô
        """,
    "possessives": """
        Parkinson's disease; Parkinson's; Parkinson’s; Parkinson; Alzheimer's disease;
        Alzheimer’s disease; user's; users; agent's behavior; today's; it's; world's; Bayes'
        rule; Newton's laws; let's
        """,
    "hyphens": """
        text-to-image; end-to-end; state-of-the-art; U-Net; K-means; multi-agent;
        self-supervised; spatio-temporal; real-time; zero-shot; pre-trained; test-time training;
        semi-supervised learning; long-term forecasting; off-the-shelf; co-design; -graph-;
        x-ray
        """,
}
SHOWN = {kind: [" ".join(one.split()) for one in text.split(";")] for kind, text in PHRASES.items()}

WORDS = """
    graph networks state-of-the-art end-to-end GPT-4 3.5 github.com this the K-means x_1 topology
    Parkinson's self-supervised spatio-temporal time-series survey-of R^2 C++ 1,000 and/or is-not
    Schrödinger graph~2 i.i.d +++
"""
BEGINNINGS = "graph topolog technologi neural 3. git github.c x_ spatio self-s naïv TRAJ p state-of"


EXPECTED = {
    "plain nouns": (24, 24, 4225),
    "dotted words": (17, 14, 1443),
    "common words alone": (13, 12, 7315),
    "logi": (21, 20, 1163),
    "holes": (16, 12, 900),
    "common words at an end": (14, 14, 10687),
    "numbers": (18, 17, 274),
    "underscore and signs": (17, 9, 2656),
    "accents and Greek": (19, 4, 20),
    "possessives": (15, 13, 974),
    "hyphens": (18, 18, 2472),
}
"""The phrases of each kind, those that find something, and the papers that they find together."""


@pytest.fixture(scope="module")
def recorded(real_data: Path) -> list[tuple[Paper, Document]]:
    """All recorded papers and their documents."""
    papers = map(recorded_paper, lines(real_data / "replay" / "papers.jsonl.gz"))
    return [(paper, document_of(paper)) for paper in papers]


Model = Callable[[Paper], bool]


def compare(recorded: list[tuple[Paper, Document]], query: str, model: Model) -> int:
    """Compares a query with its model on all papers; returns how many it finds."""
    wanted = condition(parse(query))
    found = [paper.versioned_id for paper, document in recorded if wanted.holds(document)]
    expected = [paper.versioned_id for paper, _ in recorded if model(paper)]
    assert found == expected, query
    return len(found)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.long if kind == "common words alone" else ())
        for kind in SHOWN
    ],
)
def test_phrases(recorded: list[tuple[Paper, Document]], kind: str) -> None:
    """A phrase in quotes finds the same papers in titles, in abstracts, and in either."""
    found = []
    for phrase in SHOWN[kind]:

        def title(paper: Paper, phrase: str = phrase) -> bool:
            return has_phrase(paper.title, phrase, common_too=False)

        def abstract(paper: Paper, phrase: str = phrase) -> bool:
            return has_phrase(paper.abstract, phrase, common_too=True)

        titles = {paper for paper, _ in recorded if title(paper)}
        abstracts = {paper for paper, _ in recorded if abstract(paper)}
        compare(recorded, f'ti:"{phrase}"', titles.__contains__)
        compare(recorded, f'abs:"{phrase}"', abstracts.__contains__)
        query = arxiv_query(Keyword(phrase))
        found.append(compare(recorded, query, (titles | abstracts).__contains__))
    counts = (len(found), sum(map(bool, found)), sum(found))
    assert counts == EXPECTED[kind]


def test_there_are_enough() -> None:
    """More than 140 phrases of eleven kinds, no two the same."""
    phrases = list(chain.from_iterable(SHOWN.values()))
    assert len(phrases) == len(set(phrases))
    assert len(phrases) >= 140
    assert len(SHOWN) == 11


@pytest.mark.parametrize("word", WORDS.split())
def test_words(recorded: list[tuple[Paper, Document]], word: str) -> None:
    """A term without quotes finds the papers that have all its parts, in any order."""
    compare(recorded, f"ti:{word}", lambda paper: has_all(paper.title, word))
    compare(recorded, f"abs:{word}", lambda paper: has_all(paper.abstract, word))


@pytest.mark.parametrize("beginning", BEGINNINGS.split())
def test_beginnings(recorded: list[tuple[Paper, Document]], beginning: str) -> None:
    """A `*` at the end finds the papers with a stem that begins so."""
    compare(recorded, f"ti:{beginning}*", lambda paper: has_beginning(paper.title, beginning))
    compare(recorded, f"abs:{beginning}*", lambda paper: has_beginning(paper.abstract, beginning))
