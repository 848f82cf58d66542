"""The call list: for extra urgent matters and urgent reports the telephone comes first."""

from prefect.artifacts import create_table_artifact

from flows import words
from tasks.summarising import open_calls


def show_calls() -> int:
    """Leave whom to telephone now as an artifact; return how many there are."""
    calls = open_calls.fn()
    if calls:
        create_table_artifact(words.call_rows(calls), key="call-list", description="**须立即电话联系**")
    return len(calls)
