"""Settings of a method that note which of them are read."""

from __future__ import annotations

from typing import Any

from pydantic import PrivateAttr

from stclusters.settings import Method

SETTINGS = frozenset(Method.model_fields)


class NotedMethod(Method):
    """A method that adds the name of each setting that is read to a set.

    Whatever takes all settings at once (a copy, a dump, pickling for a Python worker) takes them from `__dict__`, and
    counts as a read of every setting.
    """

    _read: set[str] = PrivateAttr(default_factory=set)

    def __getattribute__(self, name: str) -> Any:
        if name in SETTINGS or name == "__dict__":
            private = object.__getattribute__(self, "__pydantic_private__")
            if private:  # it is not there yet while the object is made
                private["_read"].update((name,) if name in SETTINGS else SETTINGS)
        return super().__getattribute__(name)


def noted(method: Method, read: set[str]) -> NotedMethod:
    """The same settings, which add to `read` the name of each one that is read.

    >>> read: set[str] = set()
    >>> method = Method(radius_m=15000, min_weight=4500, patent_years=(5, 1), article_years=(6, 2))
    >>> noted(method, read).radius_m, read
    (15000.0, {'radius_m'})
    """
    made = NotedMethod.model_construct(method.model_fields_set, **dict(method))
    made._read = read
    return made
