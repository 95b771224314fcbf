"""Measures what `digest` costs, beside what a user would otherwise run and the physical limit."""
