"""What a probe's History tells of an instance that is not as the platform needs it: one finding with its cure for each.

Pure. A finding is about the cause; the verdicts of the checks are not replaced by it. Where it ``ends`` the matter,
nothing else that is driven could say more: every check would be red, and all for this one reason.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from conformance.judging.evidence import lies_in_a_buffer, told_success
from conformance.judging.expect import Outcome, Violation
from conformance.judging.witnesses import EVERY_ADDRESS
from conformance.probing.cures import sayings
from conformance.probing.finding import Finding
from conformance.probing.sees import processes, socket_name, sockets, target_of, what_came
from conformance.test_paths import test_the_path_of_a_hook_leads_to_the_hook as path_is_known
from fixtures.history.events import HOOKS, Call, LogLine, PathTried, Ready
from runtimes.definition import Wire
from runtimes.subjects import Door

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.probing.cures import Sayings
    from fixtures.history.events import ListeningSocket
    from fixtures.history.history import History

SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "busybox", "zsh", "ksh"})
LINES: Final = 8
"""Lines of the log that a finding shows."""
KILLED: Final = 137
NOT_EXECUTABLE: Final = 126
NOT_FOUND: Final = 127
RUNS: Final = {
    Call.PRE_FREEZE: "pre-freeze.runs-before-every-freeze",
    Call.PRE_STOP: "pre-stop.runs-before-the-stop",
}
"""What is not so where a hook fails each time."""
_NUMBER = re.compile(r"[0-9a-f]{8,}|[0-9]+")


class _Finding(Protocol):
    def __call__(self, title: str, cure: str) -> Finding: ...


def findings(
    history: History, *, wire: Wire, port: int, otherwise: History | None = None, door: Door = Door.IMAGE
) -> tuple[Finding, ...]:
    """What the probe's ``history`` tells, the first cause first.

    ``wire`` and ``port``: how the instance was spoken to. ``otherwise``: what came of a start by the other way to
    speak to an instance, where the first one got no answer. ``door``: where its author says what it is.
    """
    words = sayings(door)
    if not history.of(Ready):
        return tuple(_never_ready(history, wire, port, otherwise, words))
    return (
        *_invocations(history, words),
        *_hooks(history, words),
        *_lines(history),
        *_end(history),
    )


# ------------------------------------------------------------------------------------------------ it never gets ready


def _cure_of_exit(code: int, words: Sayings) -> str:
    if code == NOT_EXECUTABLE:
        return "the command names a file that cannot be executed: give it the right to be, or name its interpreter"
    if code == NOT_FOUND:
        return f"the command names a program that is not in the image: correct the image's command, or {words.command}"
    if code == KILLED:
        return f"it was killed, most often for its memory: give it more ({words.memory})"
    return "its last lines say why; a server has to stay"


def _never_ready(
    history: History, wire: Wire, port: int, otherwise: History | None, words: Sayings
) -> Iterator[Finding]:
    def finding(title: str, cure: str) -> Finding:
        return Finding(
            runtime=history.subject,
            title=title,
            cure=cure,
            requirement="instance.becomes-ready",
            ends=True,
            log=_last_lines(history),
        )

    died = history.engine("die")
    if died:
        code = died[0].exit_code
        yield finding(
            f"the instance ended by itself with exit code {code} before it was ready",
            _cure_of_exit(code or 0, words),
        )
    elif not history.engine("start"):
        why = history.trouble.what if history.trouble is not None else "nobody says why"
        yield finding(f"the container does not start: {why}", _cure_of_exit(NOT_FOUND, words))
    elif otherwise is not None and otherwise.of(Ready):
        yield _other_wire(finding, wire, words)
    elif wire is Wire.HTTP:
        yield _unreachable(finding, sockets(history), port, words)
    else:
        where = sockets(history)
        also = f"; it listens on {', '.join(map(socket_name, where))}" if where else ""
        yield finding(
            f"the instance never asks the Runtime API for a call{also}",
            f"start the language's runtime ({words.command}), or say {words.wire.format('http')} if it is a web server",
        )


def _other_wire(finding: _Finding, wire: Wire, words: Sayings) -> Finding:
    if wire is Wire.HTTP:
        return finding(
            "the instance asks the Runtime API for its calls, and was started as an HTTP runtime",
            f"say {words.wire.format('runtime-api')}",
        )
    return finding(
        "the instance is a web server, and was started as a runtime that asks the Runtime API",
        f"say {words.wire.format('http')}",
    )


def _unreachable(finding: _Finding, where: Sequence[ListeningSocket] | None, port: int, words: Sayings) -> Finding:
    wanted = f"the platform connects to port {port} of every address"
    if where is None:
        return finding(
            f"nothing answers on port {port}; {wanted}",
            f"see where it listens: not on 127.0.0.1 only, and on the port that you say ({words.port.format(port)})",
        )
    if not where:
        return finding(
            f"the instance listens nowhere; {wanted}",
            "its last lines say what it waits for; for one that asks the Runtime API say "
            + words.wire.format("runtime-api"),
        )
    told = ", ".join(map(socket_name, where))
    reachable = [one for one in where if one.address in EVERY_ADDRESS]
    here = [one for one in where if one.port == port]
    steps = []
    if not here:
        steps.append(words.port.format((reachable or list(where))[0].port))
    if not (here or reachable) or (here and not [one for one in here if one in reachable]):
        steps.append("listen on 0.0.0.0")
    return finding(f"listens on {told}; {wanted}", " and ".join(steps) or "let it accept connections")


# ------------------------------------------------------------------------------------------------ it answers wrongly


def _invocations(history: History, words: Sayings) -> Iterator[Finding]:
    exchanges = history.exchanges(Call.INVOKE)
    if not exchanges or any(map(told_success, exchanges)):
        return
    first = exchanges[0]
    title, cure = f"{target_of(first)} {what_came(first)}", "its log says why, if anything does"
    root = next((tried for tried in history.of(PathTried) if tried.status is not None and tried.status < 400), None)
    if root is not None:
        title += f", {root.target} {root.status}: an HTTP function?"
        cure = f"{words.invoke.format(root.target)}, or the method and path of yours"
    elif first.answered is not None and first.answered.status in (404, 405, 501):
        cure = f"answer {target_of(first)}; for an HTTP function say {words.invoke.format('METHOD /PATH')}"
    yield Finding(
        runtime=history.subject,
        title=title,
        cure=cure,
        requirement="instance.answers-every-invocation",
        ends=True,
        log=_last_lines(history),
    )


def _hooks(history: History, words: Sayings) -> Iterator[Finding]:
    try:
        path_is_known(history)
    except Violation as violation:
        yield Finding(
            runtime=history.subject,
            title=violation.seen,
            cure=f"answer the hook's own path with the hook, or do not configure it ({words.hooks})",
            requirement="hooks.path-is-known",
        )
    except Outcome:
        pass
    for hook in HOOKS:
        failed = [one for one in history.exchanges(hook) if one.answered is None or one.answered.status >= 500]
        if failed:
            answered = failed[0].answered is not None
            then = "restarts the instance after such an answer" if answered else "waits for its timeout and goes on"
            yield Finding(
                runtime=history.subject,
                title=f"{target_of(failed[0])} {what_came(failed[0])}",
                cure=f"let {hook.label} end, and answer it with 200; the platform {then}",
                requirement="hooks.answered-as-carried-out" if answered else "hooks.answered-in-time",
                log=_last_lines(history),
            )
        else:
            yield from _hook_that_threw(history, hook)


def _hook_that_threw(history: History, hook: Call) -> Iterator[Finding]:
    """A hook whose End line tells an error, with the lines that it left until then."""
    failed = next((one for one in history.markers(hook) if one.edge == "end" and one.failed), None)
    exchange = next(
        (one for one in history.exchanges(hook) if failed and one.sent.request_id == failed.request_id), None
    )
    if failed is None or exchange is None:
        return
    body = exchange.answered.body[:200] if exchange.answered is not None else ""
    why = f"its answer says {body!r}" if body else "what it left in the log says of what it failed"
    lines = history.of(LogLine)
    started = [one.line for one in history.markers(hook) if one.edge == "start" and one.request_id == failed.request_id]
    first, last = lines.index(started[0]) if started else 0, lines.index(failed.line)
    yield Finding(
        runtime=history.subject,
        title=f"{target_of(exchange)} {what_came(exchange)}, and the End line of {hook.label} tells an error",
        cure=f"let {hook.label} come to its end; {why}",
        requirement=RUNS[hook],
        log=tuple(line.text for line in lines[first : last + 1][-LINES:]),
    )


def _lines(history: History) -> Iterator[Finding]:
    if history.keeps_records:
        return
    if lies_in_a_buffer(history):
        title = "lines appear only after the answer to their request: they lie in a buffer of the process"
    elif (example := _one_for_each_invocation_at_the_stop(history)) is not None:
        title = f"lines like {example[:80]!r} appear only with the stop, one for each invocation: they lie in a buffer"
    else:
        return
    yield Finding(
        runtime=history.subject,
        title=title,
        cure="write each line out at once (python -u, a flush after each line): a frozen instance writes nothing",
        requirement="logs.lines-enclose-the-run",
    )


def _one_for_each_invocation_at_the_stop(history: History) -> str | None:
    """A line that was written as often as there were invocations, and came only when there were no more of them.

    Numbers in it may differ. One that says farewell comes once, and so is another.
    """
    begun, _ = history.stop()
    answered = sum(map(told_success, history.exchanges(Call.INVOKE)))
    if begun is None or answered < 2:
        return None
    late = [line.text for line in history.of(LogLine) if line.t > begun.t]
    early = {_NUMBER.sub("#", line.text) for line in history.of(LogLine) if line.t <= begun.t}
    alike = Counter(_NUMBER.sub("#", text) for text in late)
    return next(
        (text for text in late if alike[form := _NUMBER.sub("#", text)] == answered and form not in early), None
    )


def _end(history: History) -> Iterator[Finding]:
    _, stopped = history.stop()
    seen = processes(history)
    if stopped is None or stopped.exit_code != KILLED:
        return
    name = seen[0].name if seen else "the first process"
    if name in SHELLS:
        title = f"PID 1 is {name}: SIGTERM does not reach the server"
        cure = 'use exec: CMD ["server", "argument"], or "exec server" as the last line of the start script'
    else:
        title = f"PID 1, {name}, does not end on SIGTERM: it was killed after the grace"
        cure = "handle SIGTERM and exit; the kernel's default action does not hold for PID 1"
    yield Finding(runtime=history.subject, title=title, cure=cure, requirement="instance.ends-on-sigterm")


def _last_lines(history: History) -> tuple[str, ...]:
    if history.trouble is not None and history.trouble.log_tail:
        return tuple(history.trouble.log_tail[-LINES:])
    return tuple(line.text for line in history.of(LogLine)[-LINES:])
