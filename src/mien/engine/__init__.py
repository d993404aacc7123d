"""What runs the work: paths, profiles, stores, the graph and its runner; no science."""
