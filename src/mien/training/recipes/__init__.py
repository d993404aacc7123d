"""How each network of the published run is trained: one module a kind of input."""
