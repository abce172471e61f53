"""Wrong fillings of the cells that a reader writes, three or more for each.

Each is an edit of the chapter's solution: the old text, the new one, and what the checker must
find: keys of `convlib.mistakes.MISTAKES`, or, where no mistake of the catalogue makes the same
numbers, words of its report.
"""

from typing import NamedTuple


class Filling(NamedTuple):
    """One wrong way to fill a cell.

    Attributes
    ----------
    old, new : str
        What stands in the solution, once, and what takes its place.
    found : str
        Names of mistakes, with a space between them; or words of the report.
    """

    old: str
    new: str
    found: str


_ROTATED = "w[f, :, ::-1, ::-1]"
_CROP = ("P : P + H, P : P + W]", "P:-P, P:-P]", "crop_minus_zero")
_APART = ("top, left = S * oh, S * ow", "top, left = oh, ow")

WRONG = {
    "size-the-output": {
        "output_size": [
            ("+ 2 * padding", "+ padding", "padding_counted_once"),
            ("dilation * (kernel - 1) + 1", "kernel", "dilation_forgotten"),
            ("// stride + 1", "// stride", "one_forgotten"),
            ("return (size + 2 * padding - span) // stride + 1",
             "return -((span - size - 2 * padding) // stride) + 1", "remainder_counted"),
            ("// stride", "/ stride", "a size is a whole number, here 5: divide with //"),
        ],
    },
    "slide-the-filter": {
        "forward_with_loops": [
            ("window = xpad[", "window = x[", "right wherever padding is 0, and nowhere else"),
            ("top, left = S * oh, S * ow", "top, left = oh, ow", "windows_one_apart"),
            ("np.sum(window * w[f]) + b[f]", "np.sum(window * w[f] + b[f])", "bias_per_term"),
            ("window * w[f]", f"window * {_ROTATED}", "forward_flipped"),
            ("(N, _, H, W)", "(N, _, W, H)", "output_sizes_swapped"),
        ],
    },
    "from-loops": {
        "forward": [
            ("windows, filters)", "windows, filters[..., ::-1, ::-1])", "forward_flipped"),
            ("return y if b is None else y + b[:, None, None]", "return y", "bias_forgotten"),
            ("->ngfhw", "->ngfwh", "output_transposed"),
            ("reshape(N, G, C // G, *windows.shape[2:])",
             "reshape(N, C // G, G, *windows.shape[2:]).swapaxes(1, 2)", "groups_interleaved"),
            ("::D, ::D]", ":HH, :WW]", "dilation_ignored"),
        ],
    },
    "follow-one-pixel": {
        "dx_by_pixels": [
            ("dx[n, c, ih, iw] += ", "dx[n, c, ih, iw] = ", "dx_all_overwritten"),
            ("w[f, c, kh, kw]", "w[f, c, HH - 1 - kh, WW - 1 - kw]", "kernel_not_rotated"),
            ("np.ndindex(dy.shape[1:])", "np.ndindex(1, *dy.shape[2:])", "first_filter_only"),
            ("w[f, c, kh, kw]", "w[f, c, kw, kh]", "kernel_transposed"),
        ],
    },
    "gather-dx": {
        "dx_stride_1": [
            _CROP,
            ("w[:, :, ::-1, ::-1]", "w", "kernel_not_rotated"),
            ("return dxpad[:, :, P : P + H, P : P + W]", "return dxpad", "not_cropped"),
            ("np.pad(dy, borders), turned", "np.pad(dy, borders)[:, :1], turned[:, :1]",
             "first_filter_only"),
        ],
    },
    "any-stride": {
        "dx_any_stride": [
            _CROP,
            ("w[:, :, kh, kw])", "w[:, :, -1 - kh, -1 - kw])", "kernel_not_rotated"),
            ("] += part", "] = part", "assigned_not_added"),
        ],
    },
    "collect-dw-db": {
        "dw_any_stride": [
            ("S, P, D = stride,", "S, P, D = 1,", "dw_stride_forgotten"),
            ("padding, dilation\n", "padding, 1\n", "dw_dilation_ignored"),
            ("(P, P), (P, P)]", "(0, 2 * P), (0, 2 * P)]", "dw_from_x_not_padded"),
            ("dw[:, :, kh, kw] =", "dw[:, :, -1 - kh, -1 - kw] =", "dw_rotated"),
            ("return dw", "return dw / len(x)", "averaged_over_batch"),
        ],
        "db_of_batch": [
            ("dy.sum(", "dy.mean(", "db_averaged"),
            ("axis=(0, 2, 3)", "axis=(0, 1, 2)", "db_over_wrong_axes"),
            ("axis=(0, 2, 3)", "axis=(2, 3)", "db_per_example"),
        ],
    },
    "why-flip": {
        "dx_by_flip": [
            _CROP,
            ("w[:, :, ::-1, ::-1]", "w", "kernel_not_rotated"),
            ("w[:, :, ::-1, ::-1]", "w[..., ::-1]", "kernel_half_rotated"),
            (".swapaxes(0, 1)", ".reshape(w.shape[1], w.shape[0], HH, WW)",
             "filters_channels_mixed"),
            ("turned, dilation=D", "turned", "right wherever dilation is 1, and nowhere else"),
        ],
    },
    "convolution-as-a-matrix": {
        "backward": [
            ('"stride": stride', '"stride": 1', "right wherever stride is 1, and nowhere else"),
            ("dilation}", "1}", "right wherever dilation is 1, and nowhere else"),
            ("range(groups)", "range(1)", "right wherever groups is 1, and nowhere else"),
            ("dw_any_stride(*part, **settings)",
             "dw_any_stride(*part, **settings)[:, :, ::-1, ::-1]", "dw_rotated"),
            ("db_of_batch(dy)", "dy.mean(axis=(0, 2, 3))", "db_averaged"),
        ],
    },
    "pooling": {
        "pool_windows": [
            (", constant_values=-np.inf", "", "zeros_win"),
            ("window.max(axis=(2, 3))", "window.max(axis=(1, 2, 3))[:, None]",
             "maximum_over_channels"),
            ("ih, iw = S * oh, S * ow", "ih, iw = oh, ow", "pool_windows_one_apart"),
            ("window.max(axis=(2, 3))", "window.mean(axis=(2, 3))", "y is wrong"),
        ],
        "route_gradient": [
            ("+= dy[n, c, oh, ow]", "= dy[n, c, oh, ow]", "last_window_wins"),
            ("dxpad[n, c, ih + kh, iw + kw] += dy[n, c, oh, ow]",
             "dxpad[n, c, ih : ih + K, iw : iw + K] += dy[n, c, oh, ow]", "every_entry_paid"),
            ("ih, iw = S * oh, S * ow", "ih, iw = oh, ow", "pool_gradient_one_apart"),
            ("dxpad[n, c, ih + kh, iw + kw] += dy[n, c, oh, ow]",
             "paid = (window == window.max()) * dy[n, c, oh, ow]\n"
             "        dxpad[n, c, ih : ih + K, iw : iw + K] += paid", "all_maxima_paid"),
        ],
    },
    "transposed-convolution": {
        "enlarge": [
            ("P : H_all - P, P : W_all - P]", "P:-P, P:-P]", "cut_minus_zero"),
            ("w[:, :, kh, kw])", "w[:, :, -1 - kh, -1 - kw])", "kernel_rotated_twice"),
            ("P : H_all - P, P : W_all - P]", ":, :]", "padding_not_cut"),
            ("S, P, D = stride, padding, dilation", "S, P, D = stride, padding, 1",
             "stamp_gaps_forgotten"),
        ],
        "enlarge_backward": [
            ("dx = convlib.conv2d(dy, w, **settings)",
             "dx = convlib.conv2d(dy, w[:, :, ::-1, ::-1], **settings)",
             "read_with_rotated_kernel"),
            ("w, **settings).dw", "w, **settings).dw[:, :, ::-1, ::-1]",
             "stamp_gradient_rotated"),
            ("dy.sum(axis=(0, 2, 3))", "dy.mean(axis=(0, 2, 3))", "db is wrong"),
        ],
    },
    "dilation-and-groups": {
        "grouped_forward": [
            ("np.split(x, groups, axis=1)", "(x[:, g::groups] for g in range(groups))",
             "groups_interleaved"),
            ('"dilation": dilation', '"dilation": 1', "dilation_forgotten"),
            ("convlib.conv2d(xg, wg,", "convlib.conv2d(xg, wg[:, :, ::-1, ::-1],",
             "forward_flipped"),
            ("return y if b is None else y + b[:, None, None]", "return y", "bias_forgotten"),
        ],
        "grouped_backward": [
            ("convlib.conv2d_backward(dyg, xg, wg, **settings)",
             "convlib.conv2d_backward(dyg, xg, wg[:, :, ::-1, ::-1], **settings)",
             "kernel_not_rotated"),
            ("dw = np.concatenate([grads.dw for",
             "dw = np.concatenate([grads.dw[:, :, ::-1, ::-1] for", "dw_rotated"),
            ("return dx, dw, db", "return dx, dw / len(x), db", "averaged_over_batch"),
            ("return dx, dw, db", "return dx, dw, dy.mean(axis=(0, 2, 3))", "db_averaged"),
        ],
    },
    "normalize-the-batch": {
        "batch_norm": [
            ("np.sqrt(x.var(**axes) + eps)", "x.std(**axes) + eps", "eps_outside_root"),
            ("x.var(**axes)", "x.var(**axes, ddof=1)", "variance_of_a_sample"),
            ('"axis": (0, 2, 3)', '"axis": (2, 3)', "normalized_per_example"),
            ("np.sqrt(x.var(**axes) + eps)", "x.var(**axes) + eps", "root_forgotten"),
        ],
        "batch_norm_backward": [
            ("inner = dy - dy.mean(**axes) - tilde * (dy * tilde).mean(**axes)", "inner = dy",
             "statistics_as_constants"),
            ("dy - dy.mean(**axes)", "dy", "mean_gradient_forgotten"),
            (" - tilde * (dy * tilde).mean(**axes)", "", "variance_gradient_forgotten"),
            ("(dy * tilde).sum", "(dy * x).sum", "scale_gradient_of_raw_x"),
        ],
    },
    "write-it-yourself": {
        "forward_by_loops": [
            ("window = xpad[", "window = x[", "right wherever padding is 0, and nowhere else"),
            ("window * w[f]", f"window * {_ROTATED}", "forward_flipped"),
            (" + b[f]", "", "bias_forgotten"),
            ("np.sum(window * w[f])", "np.mean(window * w[f])", "window_averaged"),
        ],
        "input_gradient": [
            _CROP,
            ("+= stamp", "= stamp", "dx_all_overwritten"),
            ("* w[f]", f"* {_ROTATED}", "kernel_not_rotated"),
            ("return dxpad[:, :, P : P + H, P : P + W]", "return dxpad", "not_cropped"),
        ],
        "weight_gradient": [
            ("window = xpad[", "window = x[", "right wherever padding is 0, and nowhere else"),
            ("dw[f] += ", "dw[f] = ", "dw_of_last_window"),
            ("* window", "* window[:, ::-1, ::-1]", "dw_rotated"),
            ("return dw", "return dw / len(x)", "averaged_over_batch"),
        ],
        "bias_gradient": [
            ("dy.sum(", "dy.mean(", "db_averaged"),
            ("axis=(0, 2, 3)", "axis=(0, 1, 2)", "db_over_wrong_axes"),
            ("axis=(0, 2, 3)", "axis=(2, 3)", "db_per_example"),
        ],
        "forward": [
            ("(H_out, W_out), S, D)", "(H_out, W_out), 1, D)", "windows_one_apart"),
            ("(H_out, W_out), S, D)", "(H_out, W_out), S, 1)", "dilation_ignored"),
            ("w_by_group[..., kh, kw])", "w_by_group[..., ::-1, ::-1][..., kh, kw])",
             "forward_flipped"),
            ("xpad.reshape(N, G, C // G, *xpad.shape[2:])",
             "xpad.reshape(N, C // G, G, *xpad.shape[2:]).swapaxes(1, 2)", "groups_interleaved"),
        ],
        "backward": [
            _CROP,
            ("dxpad[part] +=", "dxpad[part] =", "assigned_not_added"),
            ("dy.shape[2:], S, D)", "dy.shape[2:], 1, D)", "stride_forgotten dw_stride_forgotten"),
            ("dy.sum(axis=(0, 2, 3))", "dy.mean(axis=(0, 2, 3))", "db_averaged"),
        ],
        "max_pool": [
            (", constant_values=-np.inf", "", "zeros_win"),
            ("window.max(axis=(2, 3))", "window.max(axis=(1, 2, 3))[:, None]",
             "maximum_over_channels"),
            (*_APART, "pool_windows_one_apart"),
        ],
        "max_pool_backward": [
            ("+= dy[n, c, oh, ow]", "= dy[n, c, oh, ow]", "last_window_wins"),
            ("dxpad[n, c, top + kh, left + kw] += dy[n, c, oh, ow]",
             "dxpad[n, c, top : top + K, left : left + K] += dy[n, c, oh, ow]",
             "every_entry_paid"),
            (*_APART, "pool_gradient_one_apart"),
            ("dxpad[n, c, top + kh, left + kw] += dy[n, c, oh, ow]",
             "paid = (window == window.max()) * dy[n, c, oh, ow]\n"
             "        dxpad[n, c, top : top + K, left : left + K] += paid", "all_maxima_paid"),
        ],
        "avg_pool": [
            ("window.mean(axis=(2, 3))", "window.sum(axis=(2, 3))", "summed_not_averaged"),
            (*_APART, "pool_windows_one_apart"),
            ("window.mean(axis=(2, 3))", "window.sum(axis=(2, 3)) / K",
             "every entry is 2 times what it must be"),
        ],
        "avg_pool_backward": [
            (" / K**2", "", "shares_not_divided"),
            ("+= share", "= share", "shares_overwritten"),
            (*_APART, "pool_gradient_one_apart"),
        ],
    },
}  # fmt: skip
"""For each chapter and each function that a reader writes there, its wrong fillings."""

WRONG = {
    chapter: {name: [Filling(*one) for one in some] for name, some in fillings.items()}
    for chapter, fillings in WRONG.items()
}
