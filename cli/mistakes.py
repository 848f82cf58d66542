"""One Chinese sentence for every error that a user can mend; it looks at names, so that nothing heavy is imported."""

from __future__ import annotations

from typing import Any

from domain.errors import Refused
from flows.files import reason

_MENDED = ("UnreadableDocument", "RosterError", "PolicyError", "WorkDaysError", "ServerDidNotStart")
_ADDRESS = "数据库地址（DUBAN_DATABASE_URL）无法识别或不受支持，应写作 sqlite:///路径 或 postgresql://…。"
#: What pydantic calls a wrong value, and what we say.
_WRONG_VALUES = {
    "int_parsing": "应为整数",
    "float_parsing": "应为数字",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不应小于 {ge}",
    "less_than_equal": "不应大于 {le}",
    "literal_error": "应为 {expected} 之一",
}

_WRONG_WORDS = {"valid integer": "应为整数", "greater than": "超出范围", "less than": "超出范围", "range": "超出范围"}


def explain(error: BaseException) -> str | None:
    """Return the one sentence for an error a user can mend, None where it is a fault of ours."""
    name = type(error).__name__
    if isinstance(error, Refused) or name in _MENDED:
        return str(error)
    if name == "ValidationError" and getattr(error, "title", "") == "Settings":
        return _setting(error)
    if isinstance(error, OSError):
        named = f"“{error.filename}”" if error.filename is not None else ""
        return f"无法读写{named}：{reason(error)}。"
    return _about_database(error)


def _about_database(error: BaseException) -> str | None:
    name = type(error).__name__
    if name in ("ArgumentError", "NoSuchModuleError") or _misses_driver(error):
        return _ADDRESS
    if name in ("OperationalError", "InterfaceError"):
        cause = str(getattr(error, "orig", error)).strip().partition("\n")[0].rstrip(".")
        return f"数据库不可用：{cause}。请检查 DUBAN_DATABASE_URL，或稍后再试。"
    return None


def _misses_driver(error: BaseException) -> bool:
    """Tell whether SQLAlchemy looked for the driver of a kind of database that we do not use."""
    frame = error.__traceback__ if isinstance(error, ModuleNotFoundError) else None
    while frame is not None:
        if frame.tb_frame.f_globals.get("__name__") == "sqlalchemy.engine.create":
            return True
        frame = frame.tb_next
    return False


def _setting(error: Any) -> str:
    first = error.errors()[0]
    name = "DUBAN_" + "_".join(str(part) for part in first["loc"]).upper()
    told = _WRONG_VALUES.get(first["type"])
    what = told.format(**first.get("ctx", {})) if told else first["msg"]
    return f"设置 {name} 不正确：{what.replace(' or ', '、')}。请对照 .env.example 修改环境变量或 .env。"


def explain_usage(error: Any) -> str:
    """Return the one sentence for a command line that typer does not understand, and where its usage stands."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "duban"
    return f"{_misused(error)}。用法见 {command} --help。"


def _misused(error: Any) -> str:
    name, message = type(error).__name__, str(error.format_message()).rstrip(".")
    parameter = getattr(error, "param", None)
    hint = str(parameter.get_error_hint()).strip("'") if parameter is not None else ""
    if name == "MissingParameter":
        return f"缺少{'选项' if hint.startswith('-') else '参数'} {hint}"
    if name == "NoSuchOption":
        return f"没有选项 {error.option_name}"
    if message.startswith("No such command"):
        return "没有命令 " + message.removeprefix("No such command").strip(" '")
    if message.startswith("Got unexpected extra argument"):
        return f"多出了参数 {message.rpartition('(')[2].rstrip(')')}"
    if message.endswith("requires an argument"):
        return f"选项 {error.option_name} 缺少值"
    return f"{hint} 的值不正确（{_value(str(error.message))}）" if hint else message


def _value(message: str) -> str:
    return next((words for part, words in _WRONG_WORDS.items() if part in message), message)
