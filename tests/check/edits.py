"""Wrong programs: small edits of right ones, as they are found in public solutions.

Each names what the checker must find in it. Where several results are spoiled, all their mistakes
are named. Nothing is named where no entry of the catalogue makes these numbers: then `why` says so.
"""

from typing import NamedTuple

from tests.check.corpus import RIGHT


class Edit(NamedTuple):
    """One mistake in one right program.

    Attributes
    ----------
    base : str
        The right program.
    old, new : str
        What is replaced, everywhere, and by what.
    mistakes : str
        The names to be found, in any order; or "" where the checker can name none.
    why : str
        Why none can be named: a word of the report.
    """

    base: str
    old: str
    new: str
    mistakes: str
    why: str = ""

    @property
    def source(self):
        assert self.old in RIGHT[self.base], (self.base, self.old)
        return RIGHT[self.base].replace(self.old, self.new)

    def __str__(self):
        return f"{self.base}-{self.mistakes.replace(' ', '+') or self.why}"


CROP = "dx_pad[:, :, pad : pad + H, pad : pad + W]"
TAKEN = "x_pad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]"
CORNER = "top, left = i * stride, j * stride"
PAID = "dx_pad[n, :, top : top + HH, left : left + WW] += w[f] * dout[n, f, i, j]"
PADDED = (
    'x_pad = np.pad(x, ((0,), (0,), (pad,), (pad,)), mode="constant", constant_values=0)\n    out'
)
LOOPS = (
    "    for n in range(N):\n        for f in range(F):\n            for i in range(H_out):\n"
    "                for j in range(W_out):\n                    "
)
SPREAD = 'np.einsum("nfhw,fcij->ncijhw", dout, w)'
TURNED = "np.rot90(w, 2, axes=(2, 3)).swapaxes(0, 1)"

CONV = [
    # the crop: of 66 public solutions that pass their own tests, 27 have the first one
    Edit("loops_windows", CROP, "dx_pad[:, :, pad:-pad, pad:-pad]", "crop_minus_zero"),
    Edit("loops_seven", CROP, "dx_pad[:, :, pad:-pad, pad:-pad]", "crop_minus_zero"),
    Edit(
        "im2col_indices",
        "    if padding == 0:\n        return x_padded\n",
        "",
        "crop_minus_zero",
    ),
    Edit(
        "loops_per_example",
        "        if p > 0:\n            dx[n] = dpadded[:, p:-p, p:-p]\n"
        "        else:\n            dx[n] = dpadded\n",
        "        dx[n] = dpadded[:, p:-p, p:-p]\n",
        "crop_minus_zero",
    ),
    Edit("loops_windows", CROP, "dx_pad", "not_cropped"),
    Edit("loops_windows", CROP, "dx_pad[:, :, :H, :W]", "crop_from_zero"),
    Edit("loops_windows", CROP, "dx_pad[:, :, 1:-1, 1:-1]", "crop_always_one"),
    Edit("loops_windows", CROP, "dx_pad[:, :, pad : pad + HH, pad : pad + WW]", "crop_to_kernel"),
    Edit(
        "im2col_per_example",
        "dx_padded[:, :, p : p + H, p : p + W]",
        "dx_padded[:, :, p : (h_out - 1) * stride + HH - p, p : (w_out - 1) * stride + WW - p]",
        "remainder_dropped",
    ),
    # the stride
    Edit("loops_windows", CORNER, "top, left = i, j", "stride_forgotten dw_stride_forgotten"),
    Edit("loops_windows", TAKEN, "x_pad[n, :, i : i + HH, j : j + WW]", "windows_one_apart"),
    Edit(
        "full_correlation",
        "dense[:, :, ::s, ::s] = dout",
        "dense[:, :, : dout.shape[2], : dout.shape[3]] = dout",
        "stride_forgotten dw_stride_forgotten",
    ),
    Edit(
        "nhwc_loops",
        "vert_start = h * stride\n                    vert_end = vert_start + f\n"
        "                    horiz_start = w * stride\n",
        "vert_start = h\n                    vert_end = vert_start + f\n"
        "                    horiz_start = w\n",
        "stride_forgotten dw_stride_forgotten",
    ),
    # rows and columns
    Edit(
        "loops_windows",
        CORNER,
        "left, top = i * stride, j * stride",
        "dx_windows_transposed dw_windows_transposed",
    ),
    Edit("loops_windows", "out[n, f, i, j] =", "out[n, f, j, i] =", "output_transposed"),
    Edit("loops_windows", "window * w[f]", "window * w[f].swapaxes(1, 2)", "weights_transposed"),
    Edit(
        "loops_windows",
        "+= w[f] * dout",
        "+= w[f].swapaxes(1, 2) * dout",
        "kernel_transposed",
    ),
    Edit("loops_windows", "return dx, dw, db", "return dx, dw.swapaxes(2, 3), db", "dw_transposed"),
    # sizes
    Edit("loops_windows", " + 2 * pad", " + pad", "padding_counted_once"),
    Edit("loops_windows", "int(1 + (", "int((", "one_forgotten"),
    Edit(
        "taps_tensordot",
        "(h + 2 * pad - kh) // stride + 1",
        "(h + 2 * pad - kh) // stride",
        "",
        "shape",
    ),
    Edit(
        "loops_windows",
        "int(1 + (H + 2 * pad - HH) / stride)",
        "int(np.ceil(1 + (H + 2 * pad - HH) / stride))",
        "remainder_counted",
    ),
    Edit(
        "loops_windows",
        "int(1 + (H + 2 * pad - HH) / stride)",
        "1 + (H + 2 * pad - HH) / stride",
        "",
        "raises",
    ),
    # = for +=
    Edit("loops_windows", PAID, PAID.replace("+=", "="), "dx_all_overwritten"),
    Edit("loops_windows", "dw[f] +=", "dw[f] =", "dw_of_last_window"),
    Edit("loops_windows", "db[f] +=", "db[f] =", "db_of_last_window"),
    Edit(
        "im2col_indices",
        "np.add.at(x_padded, (slice(None), k, i, j), cols_reshaped)",
        "x_padded[:, k, i, j] += cols_reshaped",
        "assigned_not_added",
    ),
    Edit("cache_dict", 'grads["dx"][at] +=', 'grads["dx"][at] =', "dx_window_overwritten"),
    Edit("im2col_per_example", "db += g", "db = g", "db_of_last_example"),
    Edit("im2col_per_example", "dw += g", "dw = g", "last_example_only"),
    Edit("nhwc_loops", "db[:, :, :, c] +=", "db[:, :, :, c] =", "db_of_last_window"),
    Edit("taps_tensordot", "y += np.tensordot", "y = b + np.tensordot", "", "No known mistake"),
    Edit(
        "loops_windows",
        f"{LOOPS}top",
        f"{LOOPS}top".replace(
            "        for f", "        dx_pad = np.zeros_like(x_pad)\n        for f"
        ),
        "dx_of_last_example",
    ),
    # loops that stop short
    Edit(
        "loops_windows",
        f"{LOOPS}window",
        f"{LOOPS}window".replace("_out", "_out - 1"),
        "last_row_forgotten",
    ),
    Edit(
        "loops_windows",
        f"{LOOPS}top",
        f"{LOOPS}top".replace("_out", "_out - 1"),
        "dx_last_row_forgotten dw_last_row_forgotten db_last_row_forgotten",
    ),
    # the kernel
    Edit("full_correlation", TURNED, "w.swapaxes(0, 1)", "kernel_not_rotated"),
    Edit("full_correlation", TURNED, "w[:, :, :, ::-1].swapaxes(0, 1)", "kernel_half_rotated"),
    Edit(
        "full_correlation",
        TURNED,
        "w[:, :, ::-1, ::-1].reshape(w.shape[1], w.shape[0], KH, KW)",
        "filters_channels_mixed",
    ),
    Edit("loops_windows", "+= w[f] * dout", "+= w[f, :, ::-1, ::-1] * dout", "kernel_not_rotated"),
    Edit("loops_windows", "window * w[f])", "window * w[f, :, ::-1, ::-1])", "forward_flipped"),
    Edit("loops_windows", "+= window * dout", "+= window[:, ::-1, ::-1] * dout", "dw_rotated"),
    Edit(
        "full_correlation",
        "dense.swapaxes(0, 1)).swapaxes(0, 1)\n",
        "dense[:, :, ::-1, ::-1].swapaxes(0, 1)).swapaxes(0, 1)\n",
        "dw_of_rotated_dy",
    ),
    # sums over too little, too much, or a mean
    Edit(
        "windows_einsum",
        SPREAD,
        SPREAD.replace("dout, w", "dout[:, :1], w[:1]"),
        "first_filter_only",
    ),
    Edit(
        "windows_einsum",
        SPREAD,
        SPREAD.replace("dout, w", "dout[:, -1:], w[-1:]"),
        "last_filter_only",
    ),
    Edit(
        "windows_einsum",
        SPREAD,
        'np.einsum("nfhw,fcij->nijhw", dout, w)[:, None]',
        "summed_over_channels",
    ),
    Edit(
        "windows_einsum",
        'nchwij,fcij->nfhw", windows, w',
        'nhwij,fij->nfhw", windows[:, -1], w[:, -1]',
        "last_channel_only",
    ),
    Edit("loops_windows", "np.sum(window", "np.mean(window", "window_averaged"),
    Edit("loops_windows", "return dx, dw, db", "return dx, dw / N, db / N", "averaged_over_batch"),
    Edit(
        "loops_windows",
        "return dx, dw, db",
        "return dx, dw / (H_out * W_out), db",
        "dw_averaged_over_windows",
    ),
    Edit("taps_tensordot", "dy.sum((0, 2, 3))", "dy.sum((0, 1, 2))", "db_over_wrong_axes"),
    Edit("taps_tensordot", "dy.sum((0, 2, 3))", "dy.sum((2, 3))", "db_per_example"),
    Edit("taps_tensordot", "dy.sum((0, 2, 3))", "dy.mean((0, 2, 3))", "db_averaged"),
    Edit("taps_tensordot", "dy.sum((0, 2, 3))", "np.full(len(w), dy.sum())", "db_over_filters_too"),
    Edit("taps_tensordot", "dy.sum((0, 2, 3))", "dy.sum()", "", "type"),
    # the bias
    Edit("loops_windows", " + b[f]", "", "bias_forgotten"),
    Edit("loops_windows", "* w[f]) + b[f]", "* w[f] + b[f])", "bias_per_term"),
    Edit(
        "loops_seven",
        "total = b[f]\n                    for c in range(C):\n",
        "total = 0\n                    for c in range(C):\n"
        "                        total += b[f]\n",
        "bias_per_channel",
    ),
    Edit("windows_einsum", "b[None, :, None, None]", "b", "bias_along_width"),
    # the padding
    Edit(
        "loops_windows",
        PADDED,
        PADDED.replace('"constant", constant_values=0', '"edge"'),
        "edge_values_padded",
    ),
    Edit("loops_windows", PADDED, PADDED.replace("values=0", "values=1"), "padded_with_ones"),
    Edit("loops_windows", PADDED, PADDED.replace("(pad,), (pad,)", "(pad,), (0,)"), "", "raises"),
    Edit(
        "windows_einsum",
        "x_pad = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))",
        "x_pad = np.pad(x, ((0, 0), (0, 0), (p, p), (0, 0)))",
        "first_axis_padded_only",
    ),
    Edit("loops_windows", PADDED, "x_pad = x\n    out", "", "raises"),
    # the order of what is reshaped
    Edit(
        "im2col_strided",
        "np.ascontiguousarray(res.transpose(1, 0, 2, 3))",
        "res.reshape(N, F, out_h, out_w)",
        "reshape_without_transpose",
    ),
    Edit(
        "im2col_strided",
        "dout.transpose(1, 0, 2, 3).reshape(F, -1)",
        "dout.reshape(F, -1)",
        "dx_dy_mixed dw_dy_mixed",
    ),
    Edit(
        "im2col_indices",
        "w.reshape((F, -1)).dot",
        "w.transpose(0, 2, 3, 1).reshape(F, -1).dot",
        "weights_channels_last",
    ),
    Edit(
        "im2col_indices",
        "dot(x_cols.T).reshape(w.shape)",
        "dot(x_cols.T).reshape(F, HH, WW, C).transpose(0, 3, 1, 2)",
        "dw_channels_last",
    ),
    Edit(
        "im2col_indices",
        "reshape(F, h_out, w_out, N).transpose(3, 0, 1, 2)",
        "reshape(N, F, h_out, w_out)",
        "examples_last_reshaped",
    ),
    # dilation and groups
    Edit(
        "torch_keywords",
        "starts = [d * i for d, i in zip(dilation, k, strict=True)]",
        "starts = list(k)",
        "dilation_ignored dx_dilation_ignored dw_dilation_ignored",
    ),
    Edit(
        "torch_keywords",
        "own = padded[:, g * per_group : (g + 1) * per_group]",
        "own = padded[:, g::groups]",
        "groups_interleaved",
    ),
    Edit(
        "torch_keywords",
        "own = padded[:, g * per_group : (g + 1) * per_group]",
        "own = padded[:, :per_group]",
        "first_group_read_by_all",
    ),
    # types, and what is changed on the way
    Edit(
        "loops_windows", "dw = np.zeros_like(w)", "dw = np.zeros(w.shape, dtype=int)", "", "raises"
    ),
    Edit(
        "loops_seven",
        "out = np.zeros((N, F, H_out, W_out))",
        "out = np.zeros((N, F, H_out, W_out), dtype=int)",
        "",
        "integers",
    ),
    Edit(
        "class_with_arrays",
        "        self.dW = ",
        "        self.W -= 0.1 * self.W\n        self.dW = ",
        "",
        "changing",
    ),
    Edit("loops_windows", f"{LOOPS}top", f"    dout /= N\n{LOOPS}top", "", "changing"),
    Edit("loops_windows", "    return dx, dw, db", "    return dx, dw", "", "2 results"),
    Edit("loops_windows", "    return dx, dw, db", "    dx, dw, db", "", "None"),
    Edit(
        "loops_windows",
        "    return dx, dw, db",
        "    return dw, dx, db",
        "",
        "by their shapes, dw, dx, db",
    ),
    # where sums start, and how far loops and windows go
    Edit(
        "loops_windows", "dx_pad = np.zeros_like(x_pad)", "dx_pad = x_pad.copy()", "dx_starts_at_x"
    ),
    Edit("loops_windows", "dw = np.zeros_like(w)", "dw = np.copy(w)", "dw_starts_at_w"),
    Edit(
        "loops_windows",
        "((0,), (0,), (pad,), (pad,))",
        "((0,), (0,), (1,), (1,))",
        "padded_by_one dw_padded_by_one",
    ),
    Edit(
        "loops_windows",
        "for i in range(H_out):\n                for j in range(W_out)",
        "for i in range(int(np.ceil(H_out / stride))):\n"
        "                for j in range(-(-W_out // stride))",
        "outputs_stepped dx_outputs_stepped dw_outputs_stepped db_outputs_stepped",
    ),
    Edit("loops_windows", "left : left + WW", "left : left + HH", "kernel_taken_as_square"),
    Edit(
        "taps_tensordot",
        "(v + 2 * pad - kw) // stride + 1",
        "(h + 2 * pad - kh) // stride + 1",
        "width_from_height",
    ),
    Edit(
        "im2col_per_example",
        "dx_padded[:, :, p : p + H, p : p + W]",
        "dx_padded[:, :, p : (h_out - 1) * stride + HH, p : (w_out - 1) * stride + WW]"
        "[:, :, :H, :W]",
        "dx_ends_with_windows",
    ),
    # a crash at nearly every setting may be anything: no name is better than a wrong one
    Edit("class_with_arrays", "s * out_h : s, z", "out_h, z", "", "No known mistake"),
    Edit("class_with_arrays", "out_h, out_w, FN)", "out_h, out_w, C)", "", "raises"),
    Edit(
        "class_of_parts",
        "self.downsample.backward(dLdZ)",
        "dLdZ",
        "stride_forgotten dw_stride_forgotten",
    ),
    Edit("class_that_learns", "dx[at] +=", "dx[at] =", "dx_window_overwritten"),
    Edit(
        "class_without_state",
        "top, left = i * stride, j * stride",
        "top, left = i, j",
        "stride_forgotten dw_stride_forgotten",
    ),
    Edit("class_returns_nothing", "gradient.sum(axis", "gradient.mean(axis", "db_averaged"),
    Edit("settings_in_pairs", "left : left + width", "left : left + height", "", "shape"),
]

MAX, GRAPH, STAMP = "max_pool_loops", "batchnorm_graph", "transposed_loops"
WINDOW = "dx[n, c, i * S : i * S + HP, j * S : j * S + WP]"
WON = "dx[n, c, i * S + p, j * S + q] += dout[n, c, i, j]"
LAID = "full[n, :, s * i : s * i + KH, s * j : s * j + KW]"

OTHERS = [
    Edit(MAX, WON, WON.replace("+=", "="), "last_window_wins"),
    Edit(MAX, WON, f"{WINDOW} += (window == window.max()) * dout[n, c, i, j]", "all_maxima_paid"),
    Edit(MAX, WON, f"{WINDOW} = (window == window.max()) * dout[n, c, i, j]", "window_overwritten"),
    Edit(MAX, WON, f"{WINDOW} += dout[n, c, i, j]", "every_entry_paid"),
    Edit(MAX, WON, WON.replace("i * S + p, j * S + q", "i + p, j + q"), "", "No known"),
    Edit(
        MAX,
        "np.max(x[n, c, i * S : i * S + HP, j * S : j * S + WP])",
        "np.max(x[n, c, i : i + HP, j : j + WP])",
        "pool_windows_one_apart",
    ),
    Edit(MAX, "np.max(x[n, c, ", "np.max(x[n, :, ", "maximum_over_channels"),
    Edit("max_pool_keywords", ", constant_values=-np.inf", "", "zeros_win"),
    Edit("pool_nhwc", "+= mask *", "= mask *", "window_overwritten"),
    Edit("avg_pool_loops", " / (ph * pw)", "", "shares_not_divided"),
    Edit("avg_pool_loops", ".mean(axis", ".sum(axis", "summed_not_averaged"),
    Edit("avg_pool_loops", "+= share", "= share", "shares_overwritten"),
    Edit(
        "avg_pool_loops",
        "dx[:, :, i * s : i * s + ph, j * s : j * s + pw]",
        "dx[:, :, i : i + ph, j : j + pw]",
        "pool_gradient_one_apart",
    ),
    Edit(
        GRAPH,
        "    dxmu += 2 * xmu * (1.0 / N * np.ones((N, D)) * dvar)\n",
        "",
        "variance_gradient_forgotten",
    ),
    Edit(
        GRAPH, "dx = dxmu + 1.0 / N * np.ones((N, D)) * dmu", "dx = dxmu", "mean_gradient_forgotten"
    ),
    Edit(
        GRAPH,
        "    dxmu += 2 * xmu * (1.0 / N * np.ones((N, D)) * dvar)\n"
        "    dmu = -1 * np.sum(dxmu, axis=0)\n"
        "    dx = dxmu + 1.0 / N * np.ones((N, D)) * dmu\n",
        "    dx = dxmu\n",
        "statistics_as_constants",
    ),
    Edit(GRAPH, "dxhat = dout * gamma", "dxhat = dout", "scale_forgotten"),
    Edit(GRAPH, "cache = (xhat,", "cache = (x,", "scale_gradient_of_raw_x"),
    Edit("batchnorm_formula", "x.var(axis=0)", "x.var(axis=0, ddof=1)", "variance_of_a_sample"),
    Edit("batchnorm_formula", "np.sqrt(var + eps)", "np.sqrt(var) + eps", "eps_outside_root"),
    Edit("batchnorm_formula", "np.sqrt(var + eps)", "var + eps", "root_forgotten"),
    Edit(
        "batchnorm_keywords",
        "m = dout.size // len(gamma)",
        "m = len(dout)",
        "examples_counted_not_entries",
    ),
    Edit(
        "batchnorm_images",
        "x.transpose(0, 2, 3, 1).reshape(-1, C)",
        "x.reshape(-1, C)",
        "",
        "No known mistake",
    ),
    Edit("batchnorm_own_eps", "dxn = self.gamma * dout", "dxn = dout", "scale_forgotten"),
    Edit("batchnorm_keywords", "axis=(0, 2, 3)", "axis=(2, 3)", "normalized_per_example"),
    Edit(
        STAMP,
        "full[:, :, p : full.shape[2] - p, p : full.shape[3] - p]",
        "full[:, :, : full.shape[2] - 2 * p, : full.shape[3] - 2 * p]",
        "cropped_at_the_end",
    ),
    Edit(
        STAMP, "full[:, :, p : full.shape[2] - p, p : full.shape[3] - p]", "full", "padding_not_cut"
    ),
    Edit(
        STAMP,
        "full[:, :, p : full.shape[2] - p, p : full.shape[3] - p]",
        "full[:, :, p:-p, p:-p]",
        "cut_minus_zero",
    ),
    Edit(STAMP, LAID, "full[n, :, i : i + KH, j : j + KW]", "stamps_one_apart"),
    Edit(STAMP, "* w[c]", "* w[c, :, ::-1, ::-1]", "kernel_rotated_twice"),
    Edit(STAMP, "* w[c]", "* w[c].swapaxes(1, 2)", "stamp_transposed"),
    Edit(STAMP, " + b[:, None, None]", "", "bias_forgotten"),
    Edit(
        STAMP,
        "return dx, dw, dout",
        "return dx, dw[:, :, ::-1, ::-1], dout",
        "stamp_gradient_rotated",
    ),
    Edit("transposed_keywords", " + more", "", "output_padding_forgotten"),
]

EDITS = CONV + OTHERS
