"""Columns of Arrow tables as numpy arrays and back, as views where that can be, and without loading pandas."""

from typing import Any

import numpy as np
import pyarrow as pa

# Bytes of text up to which Arrow's usual strings can count.
TEXT_BYTES = (1 << 31) - 1


def texts(table: pa.Table, name: str) -> np.ndarray:
    """Return a text column as an object array, (n,); nulls are None."""
    return np.array(table.column(name).to_pylist(), dtype=object)


def categories(table: pa.Table, name: str) -> np.ndarray:
    """Return a text column that repeats few values as an object array, (n,), one object a value; nulls are None."""
    column = table.column(name).combine_chunks().dictionary_encode()
    values = np.array([*column.dictionary.to_pylist(), None], dtype=object)
    if column.null_count == 0:
        return values[as_numpy(column.indices)]
    # A null's place is undefined, and Arrow hands over no numbers where there are some.
    known = np.unpackbits(np.frombuffer(column.buffers()[0], np.uint8), bitorder="little")[: len(column)].astype(bool)
    places = np.frombuffer(column.indices.buffers()[1], np.int32)[: len(column)]
    return values[np.where(known, places, len(values) - 1)]


def ascending(ids: np.ndarray) -> bool:
    """Return whether the texts of an object array, (n,), are unique and sorted; no copy of them is made."""
    return bool((ids[1:] > ids[:-1]).all())


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """Return a numeric column as a 1-d array."""
    return as_numpy(_whole(table.column(name)))


def matrix(table: pa.Table, name: str) -> np.ndarray:
    """Return a fixed_size_list column as (n, d), a view on what was read."""
    return rows_of(_whole(table.column(name)))


def rows_of(column: pa.FixedSizeListArray) -> np.ndarray:
    """Return a fixed_size_list array as (n, d), a view on it."""
    width = column.type.list_size
    # Not `flatten`, which loads all of pyarrow.compute.
    return as_numpy(column.values.slice(column.offset * width, len(column) * width)).reshape(-1, width)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    # Arrow's own way copies a column that is in one piece already.
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def as_numpy(array: pa.Array) -> np.ndarray:
    """Return a numeric array without nulls as a view; Arrow's own `to_numpy` would load pandas to make it."""
    return np.from_dlpack(array)


def as_column(values: Any) -> pa.Array:
    """Return an Arrow column of a text or numeric array, (n,) or (n, d); Arrow's own stay as they are."""
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(from_numpy(values.reshape(-1)), values.shape[1])
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return from_numpy(values)
    return from_texts(values) if isinstance(values, np.ndarray) else values


def from_numpy(values: np.ndarray) -> pa.Array:
    """Return an Arrow view on a numeric (n,) array; `pa.array` would load pandas to ask if it is one of its own."""
    buffer = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, buffer])


def from_texts(values: np.ndarray) -> pa.Array:
    """Return an Arrow string array of an object (n,) array, None as null; from buffers for the same reason.

    Texts of more than 2 GB together are a `large_string`, which counts in 64 bits.
    """
    known = np.array([value is not None for value in values], dtype=bool)
    encoded = [(value or "").encode() for value in values]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in encoded])]).astype(np.int64)
    validity = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    kind, number = (pa.StringArray, np.int32) if offsets[-1] <= TEXT_BYTES else (pa.LargeStringArray, np.int64)
    texts = pa.py_buffer(b"".join(encoded))
    return kind.from_buffers(len(values), pa.py_buffer(offsets.astype(number)), texts, validity)
