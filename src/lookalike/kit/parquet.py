"""Parquet with fixed writer settings: the same table gives the same bytes, and embeddings come back without a copy."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.kit.digests import BLANK, KEY, Damaged, add_digest, check_digest, damaged
from lookalike.kit.errors import LookalikeError, file_faults
from lookalike.kit.files import atomic_path


def write_table(
    path: Path,
    columns: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
    dictionary: Sequence[str] = (),
) -> None:
    """Write columns in the order given.

    Args:
        path: where the file goes, atomically.
        columns: name -> a numeric or text array (n,), a numeric array (n, d), stored as fixed_size_list[d], or an
            Arrow array.
        metadata: text kept in the file's schema.
        dictionary: names of columns that repeat few values.
    """
    table = pa.table({name: _column(values) for name, values in columns.items()})
    table = table.replace_schema_metadata(dict(metadata or {}))
    # Uncompressed: embeddings do not compress, and reading stays zero-copy.
    settings = {"compression": "none", "use_dictionary": list(dictionary), "write_statistics": False}
    with atomic_path(path, table.nbytes) as temporary:
        with pq.ParquetWriter(temporary, table.schema, **settings) as writer:
            writer.write_table(table, row_group_size=1 << 20)
            # In the file's own metadata: Arrow keeps a second copy of the schema's, where the digest would stay blank.
            writer.add_key_value_metadata({KEY: BLANK})
        add_digest(temporary)


def read_table(path: Path, expected: Sequence[str]) -> pa.Table:
    """Read a table and check that it has the expected columns.

    Raises:
        LookalikeError: the file is missing, damaged, not Parquet, or lacks a column.
    """
    try:
        with file_faults(path):
            carries_digest = check_digest(path)
            # Not pq.read_table: it loads pyarrow.dataset and with it pandas, which takes longer than the reading.
            with pq.ParquetFile(path) as file:
                table, notes = file.read(), file.metadata.metadata
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to make it") from None
    except (pa.ArrowException, OSError) as error:
        # Arrow raises OSError without a number for pages that it cannot make sense of.
        raise Damaged(f"{path}: not a Parquet file ({error}); delete it and run `dvc repro`") from error
    if not carries_digest and KEY.encode() in (notes or {}):
        raise damaged(path, "its digest is")
    missing = [name for name in expected if name not in table.column_names]
    if missing:
        raise LookalikeError(f"{path}: lacks the columns {missing}; has {table.column_names}")
    return table


def metadata_of(table: pa.Table) -> dict[str, str]:
    """Return the text metadata that `write_table` stored."""
    texts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return {key: value for key, value in texts.items() if key != KEY}


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
    return as_numpy(table.column(name).combine_chunks())


def matrix(table: pa.Table, name: str) -> np.ndarray:
    """Return a fixed_size_list column as (n, d), a view on what was read."""
    column = table.column(name).combine_chunks()
    width = column.type.list_size
    # Not `flatten`, which loads all of pyarrow.compute.
    return as_numpy(column.values.slice(column.offset * width, len(column) * width)).reshape(-1, width)


def as_numpy(array: pa.Array) -> np.ndarray:
    """Return a numeric array without nulls as a view; Arrow's own `to_numpy` would load pandas to make it."""
    return np.from_dlpack(array)


def _column(values: Any) -> pa.Array:
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
    """Return an Arrow string array of an object (n,) array, None as null; from buffers for the same reason."""
    known = np.array([value is not None for value in values], dtype=bool)
    encoded = [(value or "").encode() for value in values]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in encoded])]).astype(np.int32)
    validity = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)), validity)
