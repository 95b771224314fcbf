"""The archives and categories of arXiv, and suggestions for names that do not exist.

The table is that of https://arxiv.org/category_taxonomy as arXiv published it on 2026-06-29: 20
archives, 155 categories. It changes seldom. A category newer than this table can be searched with
a keyword's `query`.
"""

from functools import cache

from digest.text import either, nearest, shown

_TABLE = """\
astro-ph Astrophysics
astro-ph.CO Cosmology and Nongalactic Astrophysics
astro-ph.EP Earth and Planetary Astrophysics
astro-ph.GA Astrophysics of Galaxies
astro-ph.HE High Energy Astrophysical Phenomena
astro-ph.IM Instrumentation and Methods for Astrophysics
astro-ph.SR Solar and Stellar Astrophysics
cond-mat Condensed Matter
cond-mat.dis-nn Disordered Systems and Neural Networks
cond-mat.mes-hall Mesoscale and Nanoscale Physics
cond-mat.mtrl-sci Materials Science
cond-mat.other Other Condensed Matter
cond-mat.quant-gas Quantum Gases
cond-mat.soft Soft Condensed Matter
cond-mat.stat-mech Statistical Mechanics
cond-mat.str-el Strongly Correlated Electrons
cond-mat.supr-con Superconductivity
cs Computer Science
cs.AI Artificial Intelligence
cs.AR Hardware Architecture
cs.CC Computational Complexity
cs.CE Computational Engineering, Finance, and Science
cs.CG Computational Geometry
cs.CL Computation and Language
cs.CR Cryptography and Security
cs.CV Computer Vision and Pattern Recognition
cs.CY Computers and Society
cs.DB Databases
cs.DC Distributed, Parallel, and Cluster Computing
cs.DL Digital Libraries
cs.DM Discrete Mathematics
cs.DS Data Structures and Algorithms
cs.ET Emerging Technologies
cs.FL Formal Languages and Automata Theory
cs.GL General Literature
cs.GR Graphics
cs.GT Computer Science and Game Theory
cs.HC Human-Computer Interaction
cs.IR Information Retrieval
cs.IT Information Theory
cs.LG Machine Learning
cs.LO Logic in Computer Science
cs.MA Multiagent Systems
cs.MM Multimedia
cs.MS Mathematical Software
cs.NA Numerical Analysis
cs.NE Neural and Evolutionary Computing
cs.NI Networking and Internet Architecture
cs.OH Other Computer Science
cs.OS Operating Systems
cs.PF Performance
cs.PL Programming Languages
cs.RO Robotics
cs.SC Symbolic Computation
cs.SD Sound
cs.SE Software Engineering
cs.SI Social and Information Networks
cs.SY Systems and Control
econ Economics
econ.EM Econometrics
econ.GN General Economics
econ.TH Theoretical Economics
eess Electrical Engineering and Systems Science
eess.AS Audio and Speech Processing
eess.IV Image and Video Processing
eess.SP Signal Processing
eess.SY Systems and Control
gr-qc General Relativity and Quantum Cosmology
hep-ex High Energy Physics - Experiment
hep-lat High Energy Physics - Lattice
hep-ph High Energy Physics - Phenomenology
hep-th High Energy Physics - Theory
math Mathematics
math.AC Commutative Algebra
math.AG Algebraic Geometry
math.AP Analysis of PDEs
math.AT Algebraic Topology
math.CA Classical Analysis and ODEs
math.CO Combinatorics
math.CT Category Theory
math.CV Complex Variables
math.DG Differential Geometry
math.DS Dynamical Systems
math.FA Functional Analysis
math.GM General Mathematics
math.GN General Topology
math.GR Group Theory
math.GT Geometric Topology
math.HO History and Overview
math.IT Information Theory
math.KT K-Theory and Homology
math.LO Logic
math.MG Metric Geometry
math.MP Mathematical Physics
math.NA Numerical Analysis
math.NT Number Theory
math.OA Operator Algebras
math.OC Optimization and Control
math.PR Probability
math.QA Quantum Algebra
math.RA Rings and Algebras
math.RT Representation Theory
math.SG Symplectic Geometry
math.SP Spectral Theory
math.ST Statistics Theory
math-ph Mathematical Physics
nlin Nonlinear Sciences
nlin.AO Adaptation and Self-Organizing Systems
nlin.CD Chaotic Dynamics
nlin.CG Cellular Automata and Lattice Gases
nlin.PS Pattern Formation and Solitons
nlin.SI Exactly Solvable and Integrable Systems
nucl-ex Nuclear Experiment
nucl-th Nuclear Theory
physics Physics
physics.acc-ph Accelerator Physics
physics.ao-ph Atmospheric and Oceanic Physics
physics.app-ph Applied Physics
physics.atm-clus Atomic and Molecular Clusters
physics.atom-ph Atomic Physics
physics.bio-ph Biological Physics
physics.chem-ph Chemical Physics
physics.class-ph Classical Physics
physics.comp-ph Computational Physics
physics.data-an Data Analysis, Statistics and Probability
physics.ed-ph Physics Education
physics.flu-dyn Fluid Dynamics
physics.gen-ph General Physics
physics.geo-ph Geophysics
physics.hist-ph History and Philosophy of Physics
physics.ins-det Instrumentation and Detectors
physics.med-ph Medical Physics
physics.optics Optics
physics.plasm-ph Plasma Physics
physics.pop-ph Popular Physics
physics.soc-ph Physics and Society
physics.space-ph Space Physics
q-bio Quantitative Biology
q-bio.BM Biomolecules
q-bio.CB Cell Behavior
q-bio.GN Genomics
q-bio.MN Molecular Networks
q-bio.NC Neurons and Cognition
q-bio.OT Other Quantitative Biology
q-bio.PE Populations and Evolution
q-bio.QM Quantitative Methods
q-bio.SC Subcellular Processes
q-bio.TO Tissues and Organs
q-fin Quantitative Finance
q-fin.CP Computational Finance
q-fin.EC Economics
q-fin.GN General Finance
q-fin.MF Mathematical Finance
q-fin.PM Portfolio Management
q-fin.PR Pricing of Securities
q-fin.RM Risk Management
q-fin.ST Statistical Finance
q-fin.TR Trading and Market Microstructure
quant-ph Quantum Physics
stat Statistics
stat.AP Applications
stat.CO Computation
stat.ME Methodology
stat.ML Machine Learning
stat.OT Other Statistics
stat.TH Statistics Theory
"""
"""The identifier and the name of each category; an archive stands before its categories."""

NAMES = dict(line.split(" ", 1) for line in _TABLE.splitlines())
"""The name of each archive and category, by its identifier."""

_TWINS = (
    ("math-ph", "math.MP"),
    ("math.ST", "stat.TH"),
    ("cs.IT", "math.IT"),
    ("econ.GN", "q-fin.EC"),
    ("eess.SY", "cs.SY"),
    ("math.NA", "cs.NA"),
)
"""Pairs of names for one category. arXiv lists a paper under both, except some older papers."""
TWIN = {one: other for pair in _TWINS for one, other in (pair, pair[::-1])}

_CLOSED = {
    "acc-phys": "physics.acc-ph",
    "adap-org": "nlin.AO",
    "alg-geom": "math.AG",
    "ao-sci": "physics.ao-ph",
    "atom-ph": "physics.atom-ph",
    "bayes-an": "physics.data-an",
    "chao-dyn": "nlin.CD",
    "chem-ph": "physics.chem-ph",
    "cmp-lg": "cs.CL",
    "comp-gas": "nlin.CG",
    "dg-ga": "math.DG",
    "funct-an": "math.FA",
    "mtrl-th": "cond-mat.mtrl-sci",
    "patt-sol": "nlin.PS",
    "plasm-ph": "physics.plasm-ph",
    "q-alg": "math.QA",
    "solv-int": "nlin.SI",
    "supr-con": "cond-mat.supr-con",
}
"""The archives that were closed in the nineties, and the category that replaced each."""

_FIELDS = {"nlp": ("cs.CL",), "ml": ("stat.ML", "cs.LG"), "crypto": ("cs.CR",), "qp": ("quant-ph",)}
"""Common names of fields, and arXiv's categories for them."""

_MOST = 4
"""The most suggestions in one message: several archives have classes such as CO and GN."""
_LIKE = 0.75
"""The least similarity of a suggestion: cs.XX shares two of three letters with all of cs."""


def is_category(text: str) -> bool:
    """Whether arXiv has an archive or a category with exactly this name, in this case."""
    return text in NAMES


def no_category(text: str) -> str:
    """A sentence about a text that is no category, with suggestions if there are any.

    Suggestions are the same subject class in another archive, and each category with the same
    meaning: `stat.ML or cs.LG` for `cs.ML`.
    """
    found = f"{shown(text)} is no arXiv category"
    bare = text.strip().removeprefix("cat:").removesuffix("*").removesuffix(".")
    if taken_over := _CLOSED.get(bare.casefold()):
        return f"{shown(text)} is an archive that arXiv has closed; write {taken_over}"
    if guesses := _meant(bare.casefold()):
        return f"{found}; did you mean {either(guesses)}?"
    return (
        f"{found}; https://arxiv.org/category_taxonomy lists them, such as cs, math-ph or stat.ML"
    )


def _meant(text: str) -> tuple[str, ...]:
    """The categories that a text in lower case can mean, the most likely first."""
    folded = {name.casefold(): name for name in NAMES}
    archive, _, subject = text.rpartition(".")
    # hep.th for hep-th; cs-LG, "cs LG" and csLG for cs.LG
    letters = "".join(filter(str.isalnum, text))
    if alike := [name for name in NAMES if _letters(name) == letters]:
        return tuple(alike)
    if called := _called(text) or _FIELDS.get(subject, ()):
        return called
    same = [name for known, name in folded.items() if known.rpartition(".")[2] == subject]
    if archive and same:
        guesses = [one for name in same for one in (name, *_called(NAMES[name].casefold()))]
        return tuple(dict.fromkeys(guesses))[:_MOST]
    guess = nearest(text, tuple(folded), cutoff=_LIKE)
    return (folded[guess],) if guess else ()


@cache
def _letters(name: str) -> str:
    """The letters and digits of an identifier, in lower case."""
    return "".join(filter(str.isalnum, name.casefold()))


def _called(name: str) -> tuple[str, ...]:
    """The archives and categories with this name, in lower case."""
    return tuple(one for one, known in NAMES.items() if known.casefold() == name)
