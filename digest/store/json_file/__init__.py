"""The state in a JSON file, with a journal beside it."""
