"""The source "arXiv's feeds": RSS with the papers of the last announcement."""
