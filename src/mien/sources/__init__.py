"""Readers of raw data: whatever the form of the file, `read(path)` gives the same faces."""
