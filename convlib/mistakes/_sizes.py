"""Mistakes about the size of the output."""

from convlib._geometry import geometry, output_size, spatial_padding
from convlib.mistakes._catalogue import also_replaces, replaces


@replaces(output_size, "sizes")
def remainder_counted(size, kernel, **settings):
    """Rounds up where the stride does not divide, and counts a window that is not there."""
    sizes = geometry(size, kernel, **settings)
    out = tuple(o + (r > 0) for o, r in zip(sizes.output, sizes.remainder, strict=True))
    return out if isinstance(size, tuple) else out[0]


@replaces(output_size, "sizes")
def padding_counted_once(size, kernel, *, padding=0, **settings):
    """Adds P to the input size where it must add 2P: zeros stand on both sides."""
    pairs = spatial_padding(padding, len(size) if isinstance(size, tuple) else 1)
    return output_size(size, kernel, padding=tuple((p, 0) for p, _ in pairs), **settings)


@replaces(output_size, "sizes")
def dilation_forgotten(size, kernel, *, dilation=1, **settings):
    """Takes K for the span of the kernel, where its gaps make it D(K - 1) + 1."""
    return output_size(size, kernel, **settings)


@replaces(output_size, "sizes")
def height_width_swapped(size, kernel, **settings):
    """Subtracts the kernel's width from the height, and its height from the width."""
    return output_size(size, kernel[::-1], **settings)


@also_replaces(output_size, "sizes")
def one_forgotten(size, kernel, **settings):
    """Leaves out the + 1, and counts the steps between windows where it must count windows."""
    out = tuple(o - 1 for o in geometry(size, kernel, **settings).output)
    return out if isinstance(size, tuple) else out[0]


@also_replaces(output_size, "sizes")
def stride_not_divided(size, kernel, *, stride=1, **settings):
    """Counts a window at every place, where there is one at every S-th."""
    return output_size(size, kernel, **settings)


@also_replaces(output_size, "sizes")
def width_from_height(size, kernel, **settings):
    """Takes the height of y for its width, too."""
    out = geometry(size, kernel, **settings).output
    return out[:1] * len(out) if isinstance(size, tuple) else out[0]
