"""Servers on loopback that behave like arXiv and like a mail server: for the demo and the tests."""
