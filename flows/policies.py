"""The policy: what a changed file would do to running matters, and bringing them to it."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State

from flows import policy_words
from flows.form import AS_OF, OFFICER, Moment, answered, claimed, finished, instant, shown, stamped
from tasks import repolicing


@flow(name="策略调整", flow_run_name=stamped("策略调整"), timeout_seconds=3600)
@answered
def amend_policies(
    officer: Annotated[str, OFFICER],
    apply: Annotated[bool, shown("执行", "不选则只预览将变动的时限和梯级，不作任何改动。")] = False,
    reason: Annotated[str, shown("理由", "执行时必填；将告知时限变动的单位。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """把现行策略文件用于在办事项：先预览，确认后执行；人工或公文确定的时限不变。"""
    actor, now = claimed(officer), instant(as_of)
    if apply:
        done = repolicing.apply_policies.fn(reason, actor=actor, now=now)
    else:
        done = repolicing.preview_policies.fn(now=now)
    about = "策略调整结果" if apply else "策略调整预览（未执行）"
    return finished(policy_words.change_line(done), "amended-policies", about, policy_words.change(done))
