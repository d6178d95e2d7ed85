"""Walls against conflicting interests, and the only place where grants are minted."""
