"""Drills run against installations of their own."""
