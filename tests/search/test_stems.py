"""Stems, by Porter's rules as Lucene has them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from porter import porter

from digest.search.stems import stem

WORDS = {
    "plurals": """
        caresses caress ponies poni ties ti caress caress cats cat series seri classes class
        processes process gas ga bias bia lens len basis basi analysis analysi matrices
        matric galaxies galaxi gaussians gaussian bosons boson mass mass glass glass loss
        loss corpus corpu status statu physics physic dynamics dynam thus thu this thi
        theses these ies i sss sss
    """,
    "-ed and -ing": """
        feed feed agreed agre plastered plaster bled bled motoring motor sing sing conflated
        conflat troubled troubl sized size hopping hop tanned tan falling fall hissing hiss
        fizzed fizz failing fail filing file learned learn learning learn embedding embed
        embedded embed scaling scale scaled scale bounded bound mapping map mapped map
        planning plan string string spring spring king king need need seed seed speed speed
        exceed exce proceeding proceed bed bed red red used us using us based base basing
        base trained train training train matching match matched match decoupling decoupl
        coupled coupl doubled doubl organized organ optimizing optim propagated propag
        translating translat emitting emit emitted emit controlled control modelling model
        modeling model labelled label labeled label signaling signal spelled spell passed
        pass buzzing buzz lacing lace snowed snow boxed box played plai lying ly dying dy
        agreeing agre freed freed
    """,
    "a final y": """
        happy happi sky sky by by why why enjoy enjoi survey survei array arrai theory
        theori energy energi study studi studies studi studied studi entropy entropi
        symmetry symmetri density densiti gravity graviti try try cry cry play plai boundary
        boundari
    """,
    "double suffixes": """
        relational relat conditional condit rational ration valenci valenc hesitanci hesit
        digitizer digit conformabli conform radicalli radic differentli differ vileli vile
        analogousli analog vietnamization vietnam predication predic operator oper feudalism
        feudal decisiveness decis hopefulness hope callousness callous formaliti formal
        sensitiviti sensit sensibiliti sensibl computational comput optimization optim
        generalization gener operational oper frequency frequenc efficiency effici
        consistency consist variance varianc locally local globally global randomly randomli
        directly directli efficiently effici continuously continu rapidly rapidli widely
        wide sparsely spars densely dens realism realism effectiveness effect robustness
        robust reality realiti stability stabil probability probabl capability capabl
        complexity complex sensitivity sensit creativity creativ classification classif
        segmentation segment estimator estim generator gener tokenizer token normalization
        normal regularization regular transformation transform
    """,
    "-ic, -ful, -ness": """
        triplicate triplic formative form formalize formal electriciti electr electrical
        electr hopeful hope goodness good statistical statist statistics statist
        mathematical mathemat numerical numer generative gener iterative iter informative
        inform quantitative quantit alternative altern powerful power useful us awareness
        awar fairness fair specialize special physical physic optical optic critical critic
        chemical chemic duplicate duplic elasticity elast plasticity plastic
    """,
    "-ant, -ence and others": """
        revival reviv allowance allow inference infer airliner airlin gyroscopic gyroscop
        adjustable adjust defensible defens irritant irrit replacement replac adjustment
        adjust dependent depend adoption adopt homologou homolog communism commun activate
        activ angulariti angular homologous homolog effective effect bowdlerize bowdler
        measurement measur alignment align experiment experi element element cement cement
        environment environ moment moment agreement agreement entanglement entangl
        difference differ convergence converg divergence diverg reference refer sequence
        sequenc science scienc performance perform distance distanc dominant domin constant
        constant relevant relev convolution convolut attention attent diffusion diffus
        fusion fusion ion ion region region million million opinion opinion graph graph
        neural neural network network networks network transformer transform transformers
        transform classifier classifi newer newer layer layer quantum quantum algorithm
        algorithm algorithms algorithm mechanism mechan parallelism parallel approximate
        approxim climate climat adaptive adapt recursive recurs naive naiv massive massiv
        continuous continu various variou previous previou heterogeneous heterogen
    """,
    "a final e, a final l": """
        probate probat rate rate cease ceas controll control roll roll time time state state
        image imag language languag large larg space space phase phase scale scale size size
        wave wave tree tree degree degre module modul rule rule small small cell cell recall
        recal parallel parallel
    """,
    "Porter's own departures": """
        us us as as is is an an topology topolog topological topolog technology technolog
        technologies technolog methodology methodolog cosmology cosmolog ecology ecolog
        biology biologi geology geologi apology apolog possibly possibl possible possibl
        responsibly respons flexibly flexibl assembly assembl bubbly bubbl reliably reliabl
        considerably consider trekking trek grokking grok revving rev bookkeeping bookkeep
    """,
}
PAIRS = list(dict.fromkeys(re.findall(r"(\S+)\s+(\S+)", " ".join(WORDS.values()))))

ROOTS = st.text("aeiouybcdfghklmnprstvwxzé1_.’\u0301𝑥漢", max_size=5)
_SUFFIXES = """
    s ed ing eed ies sses y bl bly bli logy logi at iz kk vv yy ational tional enci izer
    alli ousli entli eli ization ator alism iveness fulness ousness aliti iviti biliti icate
    ative alize iciti ical ful ness al ance er ic able ible ant ement ment ent ion sion tion
    ou ism ate iti ous ive ize e ll
"""
SUFFIXES = st.sampled_from(_SUFFIXES.split())


@pytest.mark.parametrize(("word", "reduced"), PAIRS)
def test_a_word(word: str, reduced: str) -> None:
    """A word loses its ending by Porter's rules."""
    assert stem(word) == reduced


def test_enough_words() -> None:
    """The list has some three hundred words, each once."""
    assert len({word for word, _ in PAIRS}) > 300


@pytest.mark.parametrize(
    ("word", "reduced"),
    [
        *(("", ""), ("s", "s"), ("𝑥s", "𝑥"), ("𝑥", "𝑥"), ("é", "é"), ("nu𝑥ed", "nu𝑥")),
        *(("cafés", "café"), ("schrödingers", "schrödinger"), ("naïveté", "naïveté")),
        *(
            ("github.com", "github.com"),
            ("i.i.d", "i.i.d"),
            ("x_1", "x_1"),
            ("a_networks", "a_network"),
        ),
        *(("don't", "don't"), ("2000s", "2000"), ("a11ed", "a1"), ("мирами", "мирами")),
    ],
)
def test_other_characters(word: str, reduced: str) -> None:
    """Characters other than a to z stay and count as consonants."""
    assert stem(word) == reduced


@given(ROOTS, st.lists(SUFFIXES, max_size=3))
def test_as_by_the_description(root: str, suffixes: list[str]) -> None:
    """Whatever the word is, its stem is that of a program written after Porter's description."""
    word = root + "".join(suffixes)
    assert stem(word) == porter(word)


@given(st.text("aeiouybdklst", max_size=12))
def test_any_letters(word: str) -> None:
    """The same holds for letters in any order."""
    assert stem(word) == porter(word)
