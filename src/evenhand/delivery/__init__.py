"""Releases: immutable, numbered, signed deliveries of labels, in open formats, verifiable by a stranger."""
