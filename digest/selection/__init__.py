"""Decides which papers are new, whether a listing is complete, and which papers a reader is due.

*New* is a paper whose base identifier the keyword has not met. Until the keyword's first complete
fetch only papers dated within `first_days` are new; the older ones were there before. That first
fetch reads a month further back than it mails, because moderation holds papers for days: from then
on an unknown paper is new whatever its date. For three days later listings are compared with the
first one. Where they show papers by the dozen that it should have had, it had been cut, and those
papers count as seen. A new version of a paper that a reader has had is an *update*; readers who
want updates get it.

*Complete* is a fetch whose pages were as full as arXiv announced, which reached a month beyond the
last complete fetch or the end of the listing, which had the papers known to be there, and whose
index does not stand still. Otherwise its papers are used, the keyword stays incomplete with the
reason, the mail says so, and the next fetch reads as far back again. Where a first fetch is not
complete, an old paper in it is not taken for one that was there before.

All keywords together show whether the index stands still: one quiet keyword is no fault. An empty
listing is believed the second time where no paper is known to be there, the sixth time in a row
where a handful is, and otherwise never. An entry that cannot be read, such as one dated 23:59:60,
is taken out. The first fetch with it is not complete for it, later ones are; the operator hears of
it once.

A *harvest* is complete for all keywords that are evaluated here, or for none. `harvest_proof` takes
each piece of evidence (E1 to E7) from a function of its own. Facts about arXiv that are only
inferred are measured over twenty harvests before they make one incomplete, and a doubt that still
stands after the next announcement is believed. `source_choice` names the source to ask, `window`
the first day, and `agreement` compares the evaluation here with arXiv's own search.
"""
