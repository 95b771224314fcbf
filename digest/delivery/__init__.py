"""Hands messages to the mail server."""
