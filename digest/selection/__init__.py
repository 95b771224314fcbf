"""Decides which papers are new, whether a listing is complete, and which papers a reader is due."""
