"""Parquet with fixed writer settings: the same table gives the same bytes, and embeddings come back as one array."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.kit.digests import BLANK, KEY, Damaged, add_digest, check_digest, damaged
from lookalike.kit.errors import LookalikeError, file_faults
from lookalike.kit.files import atomic_path

# Bytes of a file that are read at once, and rows of a column of vectors.
BUFFER, ROWS = 1 << 20, 4096


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
            with pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
                table, notes = _read(file), file.metadata.metadata
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


def _read(file: pq.ParquetFile) -> pa.Table:
    """Read a whole file; of a column of vectors no more than some rows are held twice, where Arrow would hold five."""
    schema = file.schema_arrow
    vectors = [field.name for field in schema if pa.types.is_fixed_size_list(field.type)]
    others = file.read(columns=[name for name in schema.names if name not in vectors])
    columns = {name: others.column(name) for name in others.column_names}
    columns |= {name: _vectors(file, schema.field(name).type, name) for name in vectors}
    return pa.table({name: columns[name] for name in schema.names}).replace_schema_metadata(schema.metadata)


def _vectors(file: pq.ParquetFile, kind: pa.FixedSizeListType, name: str) -> pa.Array:
    width, end = kind.list_size, 0
    # Not `to_pandas_dtype`, which loads pandas.
    number = as_numpy(pa.Array.from_buffers(kind.value_type, 1, [None, pa.py_buffer(bytes(8))])).dtype
    values = np.empty(file.metadata.num_rows * width, dtype=number)
    for batch in file.iter_batches(batch_size=ROWS, columns=[name]):
        part = batch.column(0)
        start, end = end, end + len(part) * width
        values[start:end] = as_numpy(part.values.slice(part.offset * width, len(part) * width))
    return pa.FixedSizeListArray.from_arrays(from_numpy(values), width)


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
    return as_numpy(_whole(table.column(name)))


def matrix(table: pa.Table, name: str) -> np.ndarray:
    """Return a fixed_size_list column as (n, d), a view on what was read."""
    column = _whole(table.column(name))
    width = column.type.list_size
    # Not `flatten`, which loads all of pyarrow.compute.
    return as_numpy(column.values.slice(column.offset * width, len(column) * width)).reshape(-1, width)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    # Arrow's own way copies a column that is in one piece already.
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


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
