"""The data types: a paper, an address, a keyword, a subscriber, an edition, arXiv's calendar."""
