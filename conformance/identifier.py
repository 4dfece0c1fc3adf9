"""Ids as texts: when two of them mean the same, and whether a text names one."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

__all__ = ["canonical", "is_uuid", "names", "same", "uuids_in"]

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_DASHED: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_uuid(text: str, *, dashed: bool = False) -> bool:
    """Whether a text is a uuid in any case; with `dashed` only as RFC 9562 writes it, else without its dashes too."""
    return (_DASHED if dashed else _UUID).fullmatch(text) is not None


def uuids_in(text: str, *, dashed: bool = False) -> list[str]:
    """The uuids anywhere in a text, as they stand there; with `dashed` those alone that RFC 9562 would write."""
    return (_DASHED if dashed else _UUID).findall(text)


def canonical(name: str) -> str:
    """The form in which equal ids are equal texts: a uuid means the same in any case, any other id does not."""
    return name.lower() if is_uuid(name) else name


def same(one: object, other: object) -> bool:
    """Whether two ids mean the same; a number is the text of its digits."""
    return canonical(str(one)) == canonical(str(other))


def names(text: str, name: str) -> bool:
    """Whether a text, a URL say, holds an id: a uuid in any case, any other where nothing longer goes on beside it."""
    if is_uuid(name):
        return name.lower() in text.lower()
    beside = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
    return any(re.search(beside, form) is not None for form in (text, unquote(text)))
