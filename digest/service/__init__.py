"""The daemon: it does the due work one step at a time, and decides anew after each step.

A digest is due at a *slot*, the reader's local time on one of their days. The event of a digest
records its slot. So each slot is served once, even where the clock is set, and after downtime one
digest makes up for the missed slots. arXiv is asked for a keyword some minutes before the first
slot that needs it, if its last complete fetch is older than the last announcement in the API. After
a failure the digest waits, for `patience` at most.

The store is open for writing only during a step, so that other commands can run beside the daemon.
A step that fails is reported and tried again in a minute. While the clock is years behind, the
daemon does no work.
"""
