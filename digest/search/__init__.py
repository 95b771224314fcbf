"""Searches as arXiv's own search does: the words of a text, the query language, the match.

    text  ─> words (Unicode's boundaries, lower case, common words leave holes, stems)
    query ─> grammar ─> tree ─> condition on a document
    many conditions + the documents of a day ─> matches

arXiv's search has been an Elasticsearch program since November 2025; its code is public
(arXiv/arxiv-search). Everything here is pure.
"""
