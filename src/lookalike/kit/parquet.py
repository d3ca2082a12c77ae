"""Parquet with fixed writer settings: the same table gives the same bytes, and embeddings come back as one array."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.kit.columns import as_column, as_numpy, from_numpy, rows_of
from lookalike.kit.digests import BLANK, KEY, Damaged, add_digest, check_digest, damaged
from lookalike.kit.errors import LookalikeError, file_faults
from lookalike.kit.files import atomic_path

# Bytes of a file that are read at once, and rows of a column of vectors.
BUFFER, ROWS = 1 << 20, 4096
# Which part of a table a file of a folder is.
PART = "part"


def write_table(
    path: Path,
    columns: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
    dictionary: Sequence[str] = (),
    rows: int = 0,
) -> None:
    """Write columns in the order given.

    Args:
        path: where the file goes, atomically.
        columns: name -> a numeric or text array (n,), a numeric array (n, d), stored as fixed_size_list[d], or an
            Arrow array.
        metadata: text kept in the file's schema.
        dictionary: names of columns that repeat few values.
        rows: of one file at most; a longer table is a folder of files, `part-00000.parquet` and so on. 0: one file.
    """
    table = pa.table({name: as_column(values) for name, values in columns.items()})
    table = table.replace_schema_metadata(dict(metadata or {}))
    with atomic_path(path, table.nbytes) as temporary:
        if not rows or len(table) <= rows:
            _write(temporary, table, dictionary, {})
            return
        temporary.mkdir()
        starts = range(0, len(table), rows)
        for number, start in enumerate(starts):
            place = {PART: f"{number} of {len(starts)}"}
            _write(temporary / part_name(number), table.slice(start, rows), dictionary, place)


def part_name(number: int) -> str:
    """Return the name of one file of a folder that is a table."""
    return f"part-{number:05}.parquet"


def _write(path: Path, table: pa.Table, dictionary: Sequence[str], notes: Mapping[str, str]) -> None:
    # Uncompressed: embeddings do not compress, and reading stays zero-copy.
    settings = {"compression": "none", "use_dictionary": list(dictionary), "write_statistics": False}
    with pq.ParquetWriter(path, table.schema, **settings) as writer:
        writer.write_table(table, row_group_size=1 << 20)
        # In the file's own metadata: Arrow keeps a second copy of the schema's, where the digest would stay blank.
        writer.add_key_value_metadata({**notes, KEY: BLANK})
    add_digest(path)


def read_table(path: Path, expected: Sequence[str], vectors: bool = True) -> pa.Table:
    """Read a table, one file or a folder of them, and check that it has the expected columns.

    Args:
        path: of the file or folder.
        expected: columns that it needs.
        vectors: whether to read columns of vectors; left out, they may be read later by `stream_matrix`.

    Raises:
        LookalikeError: a file is missing, damaged, not Parquet, or lacks a column.
    """
    with _readable(path), ExitStack() as opened:
        files = [opened.enter_context(_opened(file)) for file in _files(path)]
        _check_parts(path, files)
        missing = [name for name in expected if name not in files[0].schema_arrow.names]
        if missing:
            raise LookalikeError(f"{path}: lacks the columns {missing}; has {files[0].schema_arrow.names}")
        return _read(files, vectors)


def stream_matrix(path: Path, name: str) -> Iterator[np.ndarray]:
    """Yield the rows of a column of vectors in order, a few thousand at a time, (n, d); whole bytes are not checked."""
    with _readable(path):
        for part in _files(path):
            # Not memory-mapped, whose pages would count as memory of this process.
            with pq.ParquetFile(part, pre_buffer=False, buffer_size=BUFFER) as file:
                for batch in file.iter_batches(batch_size=ROWS, columns=[name]):
                    yield rows_of(batch.column(0))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        with file_faults(path):
            yield
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; run `dvc repro` to make it") from None
    except (pa.ArrowException, OSError) as error:
        # Arrow raises OSError without a number for pages that it cannot make sense of.
        raise Damaged(f"{path}: not a Parquet file ({error}); delete it and run `dvc repro`") from error


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """Yield an open file whose digest is right."""
    carries_digest = check_digest(path)
    # Not pq.read_table: it loads pyarrow.dataset and with it pandas, which takes longer than the reading.
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
        if not carries_digest and KEY.encode() in (file.metadata.metadata or {}):
            raise damaged(path, "its digest is")
        yield file


def _check_parts(path: Path, files: Sequence[pq.ParquetFile]) -> None:
    """Check that a folder holds all its files, and no file of another table."""
    if path.is_dir():
        said = [(file.metadata.metadata or {}).get(PART.encode(), b"").decode() for file in files]
        if not said or said != [f"{number} of {len(said)}" for number in range(len(said))]:
            raise damaged(path, f"its files are the parts {said} of a table")


def _read(files: Sequence[pq.ParquetFile], vectors: bool) -> pa.Table:
    """Read whole files; of a column of vectors no more than some rows are held twice, where Arrow would hold five."""
    schema = files[0].schema_arrow
    lists = [field.name for field in schema if pa.types.is_fixed_size_list(field.type)]
    flat = [name for name in schema.names if name not in lists]
    others = pa.concat_tables([file.read(columns=flat) for file in files])
    columns = {name: others.column(name) for name in others.column_names}
    if vectors:
        columns |= {name: _vectors(files, schema.field(name).type, name) for name in lists}
    return pa.table({name: columns[name] for name in schema.names if name in columns}).replace_schema_metadata(
        schema.metadata
    )


def _vectors(files: Sequence[pq.ParquetFile], kind: pa.FixedSizeListType, name: str) -> pa.Array:
    width, end = kind.list_size, 0
    # Not `to_pandas_dtype`, which loads pandas.
    number = as_numpy(pa.Array.from_buffers(kind.value_type, 1, [None, pa.py_buffer(bytes(8))])).dtype
    values = np.empty(sum(file.metadata.num_rows for file in files) * width, dtype=number)
    for batch in (batch for file in files for batch in file.iter_batches(batch_size=ROWS, columns=[name])):
        part = rows_of(batch.column(0))
        start, end = end, end + part.size
        values[start:end] = part.reshape(-1)
    return pa.FixedSizeListArray.from_arrays(from_numpy(values), width)


def metadata_of(table: pa.Table) -> dict[str, str]:
    """Return the text metadata that `write_table` stored."""
    texts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return {key: value for key, value in texts.items() if key != KEY}
