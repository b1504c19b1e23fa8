"""Whatever is written, laid into `data/` or sent: told in words, and every row accounted for. `make fuzz` runs it."""
