"""What the pixels of a face tell, drawn over its frame."""

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from mien.plots import style


@style.styled
def heat_maps(maps: dict[str, np.ndarray], outline: np.ndarray, title: str, label: str = "score") -> Figure:
    """Draw scores of pixels side by side, in one scale of colours, whose square root keeps the weak ones visible.

    Args:
        maps: by the name that stands above each, (height, width) scores of at least 0.
        outline: (height, width) bool, the region of the first map that is outlined.
        title: the finding.
        label: what the scores are.
    """
    figure, axes = style.figure(title, 1, len(maps), height=1.1 + 0.77 * style.WIDTH / len(maps))
    scale = PowerNorm(0.5, 0, max(scores.max() for scores in maps.values()))
    for ax, (name, scores) in zip(axes.flat, maps.items(), strict=True):
        drawn = style.empty(ax).imshow(scores, cmap="viridis", norm=scale)
        ax.set_title(name, loc="center")
    axes[0, 0].contour(outline, [0.5], colors="white", linewidths=1.5)
    figure.colorbar(drawn, ax=axes, label=label, shrink=0.7)
    return figure
