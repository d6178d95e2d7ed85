"""Evenhand, the neutral data-labelling platform."""

__version__ = "0.1.0"
