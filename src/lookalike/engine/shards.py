"""A shard: a Parquet file of what is known of a few images, sorted by digest; written whole and never changed."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.engine.rows import DIGEST, Rows
from lookalike.kit.columns import matrix, numbers, texts
from lookalike.kit.digests import Damaged
from lookalike.kit.errors import file_faults
from lookalike.kit.parquet import read_table, write_table

_DIGEST, _STATUS = "sha256", "status"


def shard_name(key: str, digest: np.ndarray) -> str:
    """Return the file name of a shard: programs that know the same images under one key write the same file."""
    return hashlib.sha256(key.encode() + b"\n" + digest.tobytes()).hexdigest()[:32] + ".parquet"


def write_shard(folder: Path, key: str, rows: Rows) -> Path:
    """Write rows as a shard of a folder, atomically, and return its path.

    Args:
        folder: made where it is not there.
        key: digest of what the rows are known under.
        rows: sorted by digest, which are distinct.
    """
    path = folder / shard_name(key, rows.digest)
    digest = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(DIGEST.itemsize), len(rows), [None, pa.py_buffer(rows.digest.tobytes())]
    )
    repeated = [_STATUS, *(name for name, values in rows.values.items() if values.dtype == object)]
    write_table(path, {_DIGEST: digest, _STATUS: rows.status, **rows.values}, {"key": key}, repeated)
    return path


def read_shard(path: Path) -> Rows:
    """Read a whole shard, once its bytes are known to be those that were written.

    Raises:
        Damaged: they are not.
        FileNotFoundError: there is none, or no longer.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    table = read_table(path, [_DIGEST, _STATUS])
    names = [name for name in table.column_names if name not in (_DIGEST, _STATUS)]
    values = {name: _values(table, name) for name in names}
    return Rows(_digests(table), texts(table, _STATUS), values)


def read_digests(path: Path) -> np.ndarray:
    """Read (n,) `DIGEST`, sorted, and nothing else: values that are damaged show when they are read.

    Raises:
        Damaged: it is no shard, or too little is left of it.
        FileNotFoundError: there is none, or no longer.
    """
    try:
        with file_faults(path), pq.ParquetFile(path) as file:
            return _digests(file.read(columns=[_DIGEST], use_threads=False))
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, KeyError) as error:
        raise Damaged(f"{path}: damaged: not a shard ({error}); its rows are computed again") from error


def read_statuses(path: Path) -> np.ndarray:
    """Read (n,) text of a shard: `ok`, or why each image is set aside.

    Raises:
        Damaged: it is no shard, or damaged.
    """
    return texts(read_table(path, [_STATUS]), _STATUS)


def _digests(table: pa.Table) -> np.ndarray:
    column = table.column(_DIGEST).combine_chunks()
    start = column.offset * DIGEST.itemsize
    buffer = column.buffers()[1]
    return np.frombuffer(buffer, DIGEST, len(column), start) if len(column) else np.zeros(0, DIGEST)


def _values(table: pa.Table, name: str) -> np.ndarray:
    kind: Any = table.schema.field(name).type
    if pa.types.is_fixed_size_list(kind):
        return matrix(table, name)
    return texts(table, name) if pa.types.is_string(kind) else numbers(table, name)
