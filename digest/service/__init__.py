"""The daemon: it does what is due."""
