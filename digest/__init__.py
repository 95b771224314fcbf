"""Mails people the arXiv papers that are new for their keywords: every paper, once."""

__version__ = "0.1.0"
