"""Runs the steps of a cycle in order: fetch, compose, deliver, record."""
