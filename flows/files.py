"""Files that a person names: their bytes, or one Chinese sentence why not. Loads no Prefect."""

from __future__ import annotations

import errno
from pathlib import Path

from domain.errors import Refused

_REASONS = {
    errno.ENOENT: "文件或文件夹不存在",
    errno.EISDIR: "这是一个文件夹，不是文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "所在的磁盘只读",
    errno.EEXIST: "同名的文件已经存在",
    errno.ENOSPC: "磁盘空间不足",
    errno.ENAMETOOLONG: "文件名过长",
}
#: Read before a file is judged by its size: ten times what any reader takes, never the whole of a disk image.
_MOST_BYTES = 100 * 1024 * 1024


def reason(error: OSError) -> str:
    """Return in Chinese why the operating system refused."""
    return _REASONS.get(error.errno or 0) or error.strerror or "读写失败"


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, up to 100 MB of them; raises Refused where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        message = f"无法读取文件“{path}”：{reason(error)}。"
        raise Refused(message) from error
    except ValueError as error:  # a NUL in the name
        message = "文件名中有不能使用的字符。"
        raise Refused(message) from error
