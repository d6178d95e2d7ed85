"""Statistics of labels: arrays in, arrays out. No I/O, no clock, no randomness but a seed that arrives as an argument."""
