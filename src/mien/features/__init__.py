"""Numbers made from landmarks and pictures: one module per set."""
