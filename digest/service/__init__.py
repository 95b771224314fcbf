"""The daemon: it does what is due, one thing at a time, and decides anew after each.

A digest is due at a *slot*, the reader's local time on one of their days. The store keeps the last
slot that was served, in the event of the digest it was for. So each slot is served once, whatever
the clock does, and a missed one is made up for when the machine is back. A keyword is asked for
minutes before the first slot that needs it, if its last complete fetch is older than the last
announcement whose papers are in the API. Where that fails, the digest waits, for `patience` at
most.

The store is open for writing only while something is done, so that other commands work meanwhile.
A step that fails, whatever the reason, is reported and tried again in a minute. While the clock is
years behind nothing is done.
"""
