"""What the compiled pass can read: each engine type as 64-bit integers of the same order, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

NULL = np.iinfo(np.int64).min
"""Stands for NULL among 64-bit integers; facts that hold the number itself are left to SQL."""

Numbers = NDArray[np.int64]
_INTEGERS = {"TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INTEGER": pa.int32(), "BIGINT": pa.int64()}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_MOST_DIGITS = 18
_SIGN = np.int64(np.iinfo(np.int64).max)


class Unfit(Exception):
    """The facts are not what the pass can do (not in order, numbers too large): SQL must."""


class Sort(StrEnum):
    """How values lie in 64 bits."""

    PLAIN = "plain"
    DECIMAL = "decimal"
    FLOAT = "float"
    CODE = "code"


@dataclass(frozen=True)
class Kind:
    """A type of values: as it comes from the engine and goes back. `values` are the texts of a code."""

    sort: Sort
    arrow: Any
    values: tuple[str, ...] = ()


COUNT = Kind(Sort.PLAIN, pa.int32())
FLAGS = Kind(Sort.PLAIN, pa.int64())
TIME = Kind(Sort.PLAIN, pa.timestamp("us"))
EXACT_SUM = Kind(Sort.DECIMAL, pa.decimal128(38, 6))


def code(values: tuple[str, ...]) -> Kind:
    """Return the kind of an ENUM column's codes (fact tables code only columns of few values)."""
    return Kind(Sort.CODE, pa.dictionary(pa.int16(), pa.string()), values)


def kind_of(engine_type: str) -> Kind | None:
    """Return the kind of an engine type that is no ENUM; None when the pass cannot hold it."""
    if engine_type in _INTEGERS:
        return Kind(Sort.PLAIN, _INTEGERS[engine_type])
    if engine_type == "DATE":
        return Kind(Sort.PLAIN, pa.date32())
    if engine_type == "TIMESTAMP":
        return TIME
    if engine_type == "DOUBLE":
        return Kind(Sort.FLOAT, pa.float64())
    decimal = _DECIMAL.fullmatch(engine_type)
    if decimal and int(decimal[1]) <= _MOST_DIGITS:
        return Kind(Sort.DECIMAL, pa.decimal128(int(decimal[1]), int(decimal[2])))
    return None


def spread(array: Any, kind: Kind, target: Numbers) -> None:
    """Write an Arrow array's values into `target`, NULL where there is none. Raises Unfit where they do not fit."""
    size, start = len(array), array.offset
    valid, data = array.buffers()
    if kind.sort is Sort.DECIMAL:
        halves = np.frombuffer(data, np.int64)[2 * start : 2 * (start + size)]
        target[:] = halves[0::2]
    elif kind.sort is Sort.FLOAT:
        target[:] = _ordered(np.frombuffer(data, np.float64)[start : start + size])
    else:
        target[:] = np.frombuffer(data, f"{_letter(array.type)}{array.type.bit_width // 8}")[start : start + size]
    there = None
    if array.null_count:
        bits = np.unpackbits(np.frombuffer(valid, np.uint8), count=start + size, bitorder="little")[start:]
        there = bits.view(np.bool_)
        target[~there] = NULL
    if kind is EXACT_SUM:
        # What stands in the place of a missing value is anything.
        wide = halves[1::2] != halves[0::2] >> 63
        if bool((wide if there is None else wide & there).any()):
            raise Unfit("a number has more digits than the pass can hold")
    if array.type == pa.int64() and int((target == NULL).sum()) != array.null_count:
        raise Unfit("a value is the one that stands for none")


def _letter(type_: Any) -> str:
    return "u" if pa.types.is_unsigned_integer(type_) else "i"


def back(numbers: Numbers, kind: Kind) -> Any:
    """Return 64-bit integers as an Arrow array of their own type. Raises Unfit where a sum does not fit."""
    missing = numbers == NULL
    some = bool(missing.any())
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if some else None
    if kind.sort is Sort.CODE:
        codes = np.where(missing, 0, numbers).astype(np.int16)
        indices = pa.Array.from_buffers(pa.int16(), len(numbers), [valid, pa.py_buffer(codes)])
        return pa.DictionaryArray.from_arrays(indices, pa.array(kind.values, pa.string()))
    data: NDArray[Any]
    if kind.sort is Sort.DECIMAL:
        data = _wide(np.where(missing, 0, numbers) if some else numbers, kind.arrow.precision)
    elif kind.sort is Sort.FLOAT:
        data = _floats(numbers)
    else:
        data = numbers.astype(f"i{kind.arrow.bit_width // 8}", copy=True)
    return pa.Array.from_buffers(kind.arrow, len(numbers), [valid, pa.py_buffer(data)])


def _wide(numbers: Numbers, digits: int) -> Numbers:
    most = 10**digits
    if digits <= _MOST_DIGITS and len(numbers) and not -most < numbers.min() <= numbers.max() < most:
        raise Unfit("a sum has more digits than its type")
    halves = np.empty((len(numbers), 2), np.int64)
    halves[:, 0], halves[:, 1] = numbers, numbers >> 63
    return halves


def _ordered(floats: NDArray[np.float64]) -> Numbers:
    # Bits of positive floats are in the order of the numbers, those of negative ones in the opposite one. What the
    # engine holds to be equal (0 and -0, every NaN) must be the same here.
    same = np.where(np.isnan(floats), np.nan, floats) + 0.0
    bits = same.view(np.int64)
    return np.where(bits < 0, bits ^ _SIGN, bits)


def _floats(numbers: Numbers) -> NDArray[np.float64]:
    return np.where(numbers < 0, numbers ^ _SIGN, numbers).view(np.float64)
