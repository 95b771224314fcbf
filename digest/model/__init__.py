"""The nouns: a paper, an address, a keyword, a subscriber, an edition, arXiv's calendar."""
