"""Draw the picture that social networks show beside a link: python tools/social.py."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from convlib import conv2d_backward, palette

TARGET = Path(__file__).resolve().parent.parent / "book" / "web" / "social.png"
INK, MUTED, PAPER, HAIR = (palette.NEUTRALS[n].light for n in ("ink", "muted", "paper", "hair"))


def grid(axes, values, left, top, role, side=58, chosen=None):
    """Draw a matrix of numbers; its chosen cell has the line of its role."""
    fill, line = (palette.ROLES[role][part].light for part in ("fill", "line"))
    for (i, j), value in np.ndenumerate(values):
        corner = (left + j * side, top - (i + 1) * side)
        picked = (i, j) == chosen
        edge = {"edgecolor": line, "linewidth": 4, "zorder": 3} if picked else {"edgecolor": HAIR}
        axes.add_patch(Rectangle(corner, side, side, facecolor=fill, **edge))
        text = f"{value:g}".replace("-", "−")
        axes.text(corner[0] + side / 2, corner[1] + side / 2, text, color=INK, fontsize=20,
                  ha="center", va="center_baseline", zorder=4)  # fmt: skip


def main():
    """Draw dy, w and the dx that convlib computes from them, and the name of the course."""
    x = np.zeros((1, 1, 4, 4))
    w = np.array([[[[1.0, 0, -1], [2, 1, 0], [0, -1, 1]]]])
    dy = np.array([[[[1.0, -1], [2, 0]]]])
    dx = conv2d_backward(dy, x, w).dx[0, 0]

    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 1200), ylim=(0, 630))
    axes.set_axis_off()
    axes.text(80, 490, "Convolution, Backwards", fontsize=50, weight="bold", color=INK)
    axes.text(80, 425, "Backpropagation through convolutional layers,", fontsize=23, color=MUTED)
    axes.text(80, 382, "derived, executed and checked.", fontsize=23, color=MUTED)
    grid(axes, dy[0, 0], 80, 257, "upstream")
    grid(axes, w[0, 0], 360, 286, "kernel")
    grid(axes, dx, 800, 315, "downstream", chosen=(1, 1))
    for name, at in (("dy", 80), ("w", 360), ("dx", 800)):
        axes.text(at, 45, name, fontsize=22, color=INK, family="monospace")
    axes.text(278, 199, "∗", fontsize=34, ha="center", va="center", color=MUTED)
    arrow = {"arrowstyle": "-|>", "mutation_scale": 28, "color": MUTED, "linewidth": 2.5}
    axes.add_patch(FancyArrowPatch((580, 199), (755, 199), **arrow))
    figure.savefig(TARGET, metadata={"Software": None})
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
