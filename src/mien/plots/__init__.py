"""Figures: arrays in, `matplotlib.figure.Figure` out, all in one style. Nothing is shown or saved here."""
