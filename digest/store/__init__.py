"""The state: what happened, and what is known by it."""
