"""Networks and classical models: builders `build(hp, ...)` shared by training and tuning."""
