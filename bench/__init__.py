"""Benchmarks, run by hand: make bench. Nothing here is timed in tests."""
