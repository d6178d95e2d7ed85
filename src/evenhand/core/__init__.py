"""Words that every room shares: errors, identifiers, times, JSON in one spelling. No I/O, no clock, no randomness."""
