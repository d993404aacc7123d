"""What a face is before anything is learned from it."""
