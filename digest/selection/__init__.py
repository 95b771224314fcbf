"""Decides what is new, whether it is all, and what a reader has not had."""
