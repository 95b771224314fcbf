"""The sources of papers. There is one so far: arXiv's API."""
