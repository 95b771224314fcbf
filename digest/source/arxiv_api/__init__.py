"""The source "arXiv": its query API."""
