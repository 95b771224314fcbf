"""The order of the steps: fetch, compose, deliver, record."""
