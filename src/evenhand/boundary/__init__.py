"""What every `routes.py` stands on: who asks, what they may, how errors look, pages, repeated requests, limits."""
