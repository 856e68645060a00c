"""The digest that tells a repeated command from another one, and the stored result brought back (DESIGN 5)."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from hashlib import sha256
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def digest_of(key: bytes, case_name: str, command: object) -> bytes:
    """Return HMAC-SHA256 of the case and every field of the command."""
    text = json.dumps([case_name, _plain(command)], sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, text.encode(), "sha256")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__, **{f.name: _plain(getattr(value, f.name)) for f in fields(value)}}
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | int() | str():
            return value
        case date() | datetime():
            return value.isoformat()
        case bytes() | bytearray():
            return sha256(value).hexdigest()
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case set() | frozenset():
            return sorted((_plain(each) for each in value), key=repr)
        case _:
            raise TypeError(f"a command cannot hold a {type(value).__name__}")


def stored_form(result: object) -> object:
    """Return the JSON form of a result; `revived` turns it back."""
    if is_dataclass(result) and not isinstance(result, type):
        return {f.name: stored_form(getattr(result, f.name)) for f in fields(result)}
    if isinstance(result, tuple):
        return [stored_form(each) for each in result]
    return _plain(result)


def revived(kind: Any, stored: Any) -> Any:
    """Make a result or a command from its stored JSON: dataclasses, tuples and sets of such, enums, dates, numbers."""
    if stored is None or kind is type(None):
        return None
    if isinstance(kind, UnionType) or get_origin(kind) is Union:
        return revived(next(k for k in get_args(kind) if k is not type(None)), stored)
    if get_origin(kind) is tuple:
        return tuple(revived(get_args(kind)[0], each) for each in stored)
    if get_origin(kind) is frozenset:
        return frozenset(revived(get_args(kind)[0], each) for each in stored)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(stored)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: revived(hints[name], value) for name, value in stored.items()})
    if isinstance(kind, type) and issubclass(kind, date):
        return kind.fromisoformat(stored)
    return stored
