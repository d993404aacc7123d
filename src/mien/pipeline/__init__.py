"""The notebooks as a graph, run headless: what is stale, in which order, in how many processes."""
