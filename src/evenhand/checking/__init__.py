"""Running other people's programs: the sandbox, what is packed into it, and what its results say of a checker.

This room holds no address of a database and no key, and imports neither `store` nor `vault` (decision 22).
"""
