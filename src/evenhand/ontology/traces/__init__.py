"""Traces of agents in the forms that logs have, read into one tree of nodes: spans, steps and scores."""
