"""The code of a function as its author wrote it, with all that it needs from where it stands."""

import ast
import inspect
import linecache
import os
import symtable
import sys
import textwrap
import types


class NotFoundError(ValueError):
    """Some of the code cannot be had; the words say which, and what helps."""


def self_contained(thing, kept_in=None):
    """Return the code of a function or class, such that nothing outside of it gets in its way.

    Parameters
    ----------
    thing : function or class
    kept_in : str, optional
        A file. What stands in it is taken as there by its name.

    Returns
    -------
    str
        A function without arguments that makes it, and the call of that.

    Raises
    ------
    NotFoundError
        If the source is not there, or needs what cannot be written down.
    """
    needed = Needed(kept_in)
    name = needed.add(thing)
    body = "\n\n".join(map(_indented, [*needed.lines(), f"return {name}"]))
    return f"def _own():\n{body}\n\n\n{name} = _own()\n"


class Needed:
    """Statements in an order in which each finds what it needs."""

    def __init__(self, kept_in):
        self.kept_in = kept_in
        self.imports, self.definitions, self.names = {}, [], {}

    def lines(self):
        """Return the statements: the imports as one, and each definition."""
        return ["\n".join(self.imports), *self.definitions] if self.imports else self.definitions

    def add(self, thing):
        """Take in a function or class, and before it all that its code asks for."""
        source, names = written(thing)
        own = thing.__name__
        self.names[own] = thing
        for name in sorted(names & names_around(thing).keys()):
            value = names_around(thing)[name]
            if name in self.names:
                if self.names[name] is not value:
                    raise NotFoundError(f"two things that it needs are called `{name}`")
                continue
            self.names[name] = value
            self._add_value(name, value)
        self.definitions.append(source)
        return own

    def _add_value(self, name, value):
        """Take in what a name stands for: an import, a definition, or a plain value."""
        if line := import_of(name, value):
            self.imports[line] = None
        elif self.kept_in and is_from(value, self.kept_in):
            if name != value.__name__:
                self.definitions.append(f"{name} = {value.__name__}")
        elif isinstance(value, (types.FunctionType, type)) or hasattr(value, "__wrapped__"):
            defined = self.add(value)
            if name != defined:
                self.definitions.append(f"{name} = {defined}")
        elif is_plain(value):
            self.definitions.append(f"{name} = {value!r}")
        else:
            kind = type(value).__name__
            raise NotFoundError(f"it uses `{name}`, a {kind} of another cell: make it inside of it")


def written(thing):
    """Return the statement that defines a function or class, and the outer names it asks for."""
    function = _function(thing)
    code = function.__code__
    if code.co_name == "<lambda>":
        raise NotFoundError("a lambda has no name: write it with def")
    if function.__closure__ and not isinstance(thing, type):
        raise NotFoundError(f"{thing.__name__} is defined inside of another function")
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    try:
        found = [node for node in ast.walk(ast.parse(text)) if _defines(node, thing, code)]
    except SyntaxError:
        found = []
    if not text.strip():
        raise NotFoundError(f"the source of {thing.__name__} is not there")
    changed = NotFoundError(f"the cell of {thing.__name__} was changed after it ran: run it again")
    if not found:
        raise changed
    first = min(node.lineno for node in (found[0], *found[0].decorator_list))
    lines = text.splitlines(keepends=True)[first - 1 : found[0].end_lineno]
    source = textwrap.dedent("".join(lines)).rstrip()
    # a compiler that sees an import beside a function makes another code of it
    made = [each for part in (source, text) for each in _codes(compile(part, "", "exec"))]
    if not any(_same(code, each) for each in made):
        raise changed
    return source, _asked(symtable.symtable(source, "", "exec"))


def names_around(thing):
    """Return the names that the code of a function or class sees around it."""
    return _function(thing).__globals__


def import_of(name, value):
    """Return the line that imports a value under a name, or nothing.

    Examples
    --------
    >>> import numpy as np
    >>> import_of("np", np), import_of("pad", np.pad), import_of("n", 3)
    ('import numpy as np', 'from numpy import pad', '')
    """
    if isinstance(value, types.ModuleType):
        own = value.__name__
        found = f"import {own}"
    else:
        own = getattr(value, "__name__", "")
        home = next(
            (m for m in (getattr(value, "__module__", None), "numpy") if _holds(m, value)), ""
        )
        found = f"from {home} import {own}" if home else ""
    return found if own == name or not found else f"{found} as {name}"


def _holds(module, value):
    """Whether a value can be imported from a module."""
    found = sys.modules.get(module) if module != "__main__" else None
    return found is not None and getattr(found, getattr(value, "__name__", ""), None) is value


def is_from(value, path):
    """Whether a function or class was written in a file."""
    try:
        file = _function(value).__code__.co_filename
        return os.path.realpath(file) == os.path.realpath(path)
    except NotFoundError:
        return False


def is_plain(value):
    """Whether a value is what its own text says.

    Examples
    --------
    >>> import numpy as np
    >>> is_plain((1, "valid")), is_plain(np.ones(2)), is_plain(float("nan"))
    (True, False, False)
    """
    try:
        again = ast.literal_eval(repr(value))
    except (ValueError, SyntaxError):
        return False
    return type(again) is type(value)


def _function(thing):
    """Return what def made: a function, what its decorator holds, or a method of a class."""
    for each in vars(thing).values() if isinstance(thing, type) else [thing]:
        found = inspect.unwrap(each) if callable(each) else each
        if isinstance(found, types.FunctionType):
            return found
    raise NotFoundError(f"a {type(thing).__name__} is no function that was written with def")


def _defines(node, thing, code):
    """Whether a statement is the one that made a function or class with this code."""
    if isinstance(thing, type):
        inside = isinstance(node, ast.ClassDef) and node.lineno <= code.co_firstlineno
        return inside and node.name == thing.__name__ and code.co_firstlineno <= node.end_lineno
    if not isinstance(node, ast.FunctionDef) or node.name != code.co_name:
        return False
    return min(each.lineno for each in (node, *node.decorator_list)) == code.co_firstlineno


def _codes(code):
    """Yield a code object and all that are inside of it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _codes(each)


def _same(one, other):
    """Whether two code objects do the same, wherever they stand."""
    kinds = ("co_name", "co_code", "co_names", "co_varnames")
    if any(getattr(one, kind) != getattr(other, kind) for kind in kinds):
        return False
    pairs = list(zip(one.co_consts, other.co_consts, strict=False))
    return len(one.co_consts) == len(other.co_consts) and all(
        _same(a, b) if isinstance(a, types.CodeType) and isinstance(b, types.CodeType) else a == b
        for a, b in pairs
    )


def _asked(table):
    """Return the names that code takes from outside of it; it may not change them there."""
    outer = table.get_type() == "module"
    names = set()
    for symbol in table.get_symbols():
        if symbol.is_declared_global():
            raise NotFoundError(f"it changes `{symbol.get_name()}`, which is global")
        if symbol.is_referenced() and (outer or symbol.is_global()):
            names.add(symbol.get_name())
    return names.union(*map(_asked, table.get_children()))


def _indented(statement):
    """Indent code, and no text that goes over several lines."""
    tree = ast.parse(f"def f():\n{textwrap.indent(statement, ' ')}").body[0]
    documented = {id(node.body[0].value) for node in ast.walk(tree) if _is_documented(node)}
    kept = {
        line - 1
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in documented
        for line in range(node.lineno + 1, node.end_lineno + 1)
    }
    lines = statement.splitlines()
    return "\n".join(
        line if number in kept or not line else f"    {line}"
        for number, line in enumerate(lines, 1)
    )


def _is_documented(node):
    return isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None
