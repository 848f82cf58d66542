"""The process that serves all deployments; `duban up` starts and stops it."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from prefect import serve
from prefect.automations import Automation
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture

from cli.deployments import deployments

_ENDED = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed")}
_HEARTBEAT = "prefect.flow-run.heartbeat"


def zombies() -> Automation:
    """Return the automation that frees the slot of a run whose process was killed."""
    return Automation(
        name="清理中断的运行",
        description="进程被杀死的运行在心跳中断后标为 Crashed，不再占用名额。",
        trigger=EventTrigger(
            posture=Posture.Proactive, within=timedelta(seconds=90), threshold=1, after={_HEARTBEAT},
            expect={_HEARTBEAT} | _ENDED, match={"prefect.resource.id": "prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
        ),
        actions=[ChangeFlowRunState(name=None, state=StateType.CRASHED, message="心跳中断", force=False)],
    )  # fmt: skip


def upsert(automation: Automation) -> None:
    """Create an automation, or bring the one of its name in line: creating twice would make two."""
    try:
        automation.id = cast("Automation", Automation.read(name=automation.name)).id
    except ValueError:
        automation.create()
    else:
        automation.update()


def main() -> None:
    """Serve until stopped; schedules go on after a restart."""
    upsert(zombies())
    serve(*deployments(), pause_on_shutdown=False, limit=8)


if __name__ == "__main__":
    main()
