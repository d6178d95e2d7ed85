"""The shapes that work is asked with and answers with, a module a subject."""
