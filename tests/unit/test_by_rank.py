"""The names for one, two and three axes: the general function's arguments, and its errors."""

import inspect
import pickle
import pydoc
import re

import numpy as np
import pytest

import convlib
from convlib import _by_rank

EVERY_NAME = pytest.mark.parametrize("name", _by_rank.__all__)


def general(name):
    """Return the name of the function for any number of axes."""
    return re.sub(r"[123]d", "", name)


def test_every_operation_has_a_name_for_each_rank():
    operations = {name for name in convlib.__all__ if f"{name}_backward" in convlib.__all__}
    operations -= {*_by_rank.__all__}
    assert {"conv", "conv_transpose", "max_pool", "avg_pool"} <= operations
    ends = [f"{ndim}d{end}" for ndim in (1, 2, 3) for end in ("", "_backward")]
    assert set(_by_rank.__all__) == {name + end for name in operations for end in ends}


@EVERY_NAME
def test_signature_is_that_of_the_general_function(name):
    function = getattr(convlib, name)
    assert inspect.signature(function) == inspect.signature(getattr(convlib, general(name)))
    assert (function.__name__, function.__qualname__) == (name, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert pydoc.plain(pydoc.render_doc(function)).startswith(
        f"Python Library Documentation: function {name} in module convlib"
    )


@EVERY_NAME
def test_every_argument_is_handed_on_as_it_is(name, monkeypatch):
    function, given = getattr(convlib, name), {}
    ndim = int(re.search(r"([123])d", name)[1])
    for key in inspect.signature(function).parameters:
        given[key] = np.ones((1,) * (ndim + 2)) if key in ("x", "w") else object()
    received = {}

    def record(*arguments, **keywords):
        wanted = inspect.signature(getattr(convlib, general(name)))
        received.update(wanted.bind(*arguments, **keywords).arguments)
        return record

    monkeypatch.setattr(_by_rank, general(name), record)  # looked up when it is called
    assert function(**given) is record
    assert received.keys() == given.keys()
    assert all(received[key] is value for key, value in given.items())


@EVERY_NAME
def test_wrong_keyword_is_an_error_that_names_the_function(name):
    message = rf"^{name}\(\) got an unexpected keyword argument 'strides'"
    with pytest.raises(TypeError, match=message):
        getattr(convlib, name)(1, 2, 3, strides=2)
