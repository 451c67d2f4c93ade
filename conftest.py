"""Wires the four folders to pytest: subjects and images in, Histories to the checks, Judgements to the reports.

Nothing else knows all four. What is decided here is only the order: the controller makes the session (labels,
network, images) before the workers start and hands it to them; a worker drives an instance when the first check
asks for its History; each report carries its Judgement back to the controller, which writes the reports. What is
computed on the way is computed elsewhere, by what can be tested without pytest.

pytest imports this file in every process of a run, also where nothing is driven: what drives, builds or draws is
imported by the function that needs it.
"""

from __future__ import annotations

import datetime
import gc
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.driving import asked, scheduling
from conformance.driving.histories import DrivenHistories, ReplayedHistories
from conformance.driving.straight_on import StraightOn, case_of
from conformance.judging import checks, exit_status
from conformance.judging.gaps import GapError
from conformance.judging.gathering import Gathering, send
from conformance.judging.judging import judge
from conformance.scenarios.sequences import DEFAULT_SEED, SequenceError
from conformance.tables.catalogue import CatalogueError
from fixtures.exceptions import HarnessFailure
from fixtures.interrupts import Interrupts
from fixtures.platform.platform import OUTLASTING_S
from reports import assemble
from reports.formats import outcome, summary
from reports.run_facts import facts_of_run
from reports.text import bounded, one_line
from reports.writing import leftovers
from reports.writing.claim import Claim, FolderRefused, claim, folder
from reports.writing.publishing import publish
from reports.writing.room import Room
from reports.writing.writer import HISTORIES
from runtimes.subjects import BrokenRuntime, Given

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.driving.histories import Histories
    from conformance.probing.probe import Probed
    from fixtures.engine.connection import Engine
    from fixtures.history.history import History
    from fixtures.session import Session

ROOT = Path(__file__).resolve().parent
SESSION = "conformance-session"
"""The key under which the controller hands its session to a worker."""
LOOKED = "conformance-first-look"
"""The key under which it hands it which subjects were looked at first."""
LINE_LIMIT = 600
"""Most characters of a line that is said at once of a subject."""
SEQUENCES = "conformance-sequences"
"""The key under which it hands it the generated sequences."""


@dataclass
class Run:
    """The state of this process's part in a run."""

    asked: asked.Asked
    out: Path
    gathering: Gathering
    started: datetime.datetime
    clock: float = field(default_factory=time.monotonic)
    interrupts: Interrupts | None = None
    claim: Claim | None = None
    room: Room | None = None
    engine: Engine | None = None
    session: Session | None = None
    looked: scheduling.FirstLook = field(default_factory=scheduling.FirstLook)
    probed: tuple[Probed, ...] = ()
    histories: Histories | None = None
    unwritten: list[str] = field(default_factory=list)
    last_history: dict[str, History] = field(default_factory=dict)


RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "Function Compute conformance")
    group.addoption(
        "--runtime",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this runtime; may be repeated (default: all)",
    )
    group.addoption(
        "--profile",
        default="seeds",
        metavar="NAME",
        help="which hooks a runtime has, by conformance/profiles.toml (default: seeds)",
    )
    group.addoption(
        "--image",
        action="append",
        default=[],
        metavar="[RUNTIME=]IMAGE",
        help="judge this image as it stands, or in place of the reference runtime's; may be repeated",
    )
    group.addoption(
        "--port", type=int, metavar="PORT", help="where the images listen that --image names (default: 9000)"
    )
    group.addoption(
        "--invoke", metavar="'METHOD /PATH'", help="how they are invoked, as 'GET /' (default: an event, POST /invoke)"
    )
    group.addoption("--command", metavar="COMMAND", help="how they are started (default: as the image says)")
    group.addoption(
        "--subject",
        action="append",
        default=[],
        metavar="FILE",
        type=Path,
        help="judge what this file describes, see docs/test-my-runtime.md; may be repeated",
    )
    group.addoption(
        "--project",
        action="append",
        default=[],
        metavar="DIR",
        type=Path,
        help="judge the functions of the s.yaml in this folder, see docs/test-my-project.md; may be repeated",
    )
    group.addoption(
        "--function",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this function of a project; may be repeated (default: all)",
    )
    group.addoption(
        "--freeze",
        metavar="SECONDS",
        type=float,
        default=OUTLASTING_S,
        help=f"the longest freeze over a kept connection (default: {OUTLASTING_S:g}; vendor pages ask for 900)",
    )
    group.addoption(
        "--gaps",
        metavar="FILE",
        type=Path,
        help="known failures with reason and expiry date, see docs/reading-a-failure.md",
    )
    group.addoption("--replay", metavar="DIR", type=Path, help="judge the Histories saved in DIR; no engine is used")
    group.addoption(
        "--sequences",
        metavar="N",
        type=int,
        help="drive N generated sequences on every runtime (default: 4 on nodejs, python and go)",
    )
    group.addoption(
        "--sequence-seed", metavar="SEED", type=int, default=DEFAULT_SEED, help="what sequences are generated from"
    )
    group.addoption(
        "--sequence-file", action="append", default=[], metavar="FILE", type=Path, help="drive this saved sequence too"
    )
    group.addoption(
        "--out",
        metavar="DIR",
        type=folder,
        default=ROOT / "reports" / "out",
        help="where reports and Histories go (default: reports/out)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "judges(requirement, on): the check judges this requirement on these scenarios")
    if not _asks_for_conformance(config):
        return
    try:
        meant = asked.Asked.of(
            profile=config.getoption("--profile"),
            runtimes=config.getoption("--runtime"),
            declared=config.getoption("--gaps"),
            count=config.getoption("--sequences"),
            seed=config.getoption("--sequence-seed"),
            files=config.getoption("--sequence-file"),
            replayed=config.getoption("--replay"),
            images=config.getoption("--image"),
            outlasting_s=config.getoption("--freeze"),
            outside=asked.Outside(
                files=config.getoption("--subject"),
                of_images=Given(
                    config.getoption("--port"), config.getoption("--invoke"), config.getoption("--command")
                ),
                projects=config.getoption("--project"),
                functions=config.getoption("--function"),
            ),
        )
    except (asked.NotMeant, CatalogueError, GapError, SequenceError) as error:
        raise pytest.UsageError(str(error)) from error
    if _is_worker(config):
        meant.sequences.take(config.workerinput.get(SEQUENCES, ""))  # type: ignore[attr-defined]
    run = config.stash[RUN] = Run(
        asked=meant,
        out=config.getoption("--out").resolve(),
        gathering=Gathering(meant.catalogue),
        started=datetime.datetime.now(datetime.UTC),
    )
    # A worker has nobody to talk to: the controller, which gets the same signals, says what there is to say.
    run.interrupts = Interrupts(say=lambda _: None) if _is_worker(config) else Interrupts()
    run.interrupts.install()
    if config.option.tbstyle == "auto":
        # The summary lists every red verdict with what was expected and seen; a traceback of the check adds nothing,
        # and where hundreds of verdicts are red a worker would take longer to make them than to drive the instances.
        config.option.tbstyle = "no"
    if _is_worker(config):
        return
    config.pluginmanager.register(run.gathering, "conformance-judgements")
    config.pluginmanager.register(outcome.JUnitProperties(config), "conformance-junit-properties")
    if config.option.xmlpath is None and not config.option.collectonly:
        config.option.xmlpath = str(run.out / leftovers.JUNIT)


def _asks_for_conformance(config: pytest.Config) -> bool:
    """Whether the run's arguments reach into ``conformance/``: the tests of the harness need none of this."""
    return asked.reach(config.args, ROOT / "conformance", start=config.invocation_params.dir)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


# ------------------------------------------------------------------------------------------------ the run's begin


def pytest_report_header(config: pytest.Config) -> list[str]:
    run = config.stash.get(RUN, None)
    if run is None:
        return []
    told = asked.told(run.asked.subjects)
    return told if run.asked.sequences.replayed is not None else [f"sequences: seed {run.asked.sequences.seed}", *told]


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None or config.option.collectonly:
        return
    if not _is_worker(config):
        try:
            run.claim = claim(run.out, leftovers.KEPT)
        except FolderRefused as error:
            raise pytest.UsageError(str(error)) from error
    replayed = run.asked.sequences.replayed
    if replayed is not None:
        run.histories = ReplayedHistories(replayed, run.asked.profile)
        if not (config.option.usepdb or config.option.setupshow or config.option.setuponly):
            straight_on = StraightOn(lambda case, nodeid: _history_of(case, run, nodeid))
            config.pluginmanager.register(straight_on, "conformance-straight-on")
        return
    if _is_worker(config):
        from fixtures.session import Session

        run.session = Session.from_text(config.workerinput[SESSION])  # type: ignore[attr-defined]
        run.looked = scheduling.FirstLook.from_text(config.workerinput[LOOKED])  # type: ignore[attr-defined]
        worker = config.workerinput["workerid"]  # type: ignore[attr-defined]
    else:
        # Another process makes the sequences, while this one waits for the engine.
        with ThreadPoolExecutor(1) as beside:
            beside.submit(_generate, run)
            _open_session(run)
        _look_at_what_is_from_outside(run)
        worker = "main"
    assert run.session is not None
    run.histories = DrivenHistories(
        run.session,
        worker,
        run.asked.profile,
        run.out / HISTORIES,
        run.asked.sequences,
        probed=run.looked.at,
    )


def _generate(run: Run) -> str:
    """The generated sequences as text for the workers; empty where they cannot be had.

    They are made once. Whoever misses them asks again, and says why there are none where pytest tells of it.
    """
    try:
        return run.asked.sequences.to_text(one for one in run.asked.subjects if not isinstance(one, BrokenRuntime))
    except SequenceError:
        return ""


def _open_session(run: Run) -> None:
    from fixtures import session as sessions
    from fixtures.engine.build_progress import display
    from fixtures.engine.connection import NoEngine, connect
    from fixtures.engine.images import missing_images

    if run.claim is not None:
        run.claim.forget_last_run()
    run.room = Room(run.out)
    run.room.keep()
    usable = {subject.name: subject for subject in run.asked.subjects if not isinstance(subject, BrokenRuntime)}
    live = sys.stderr.isatty() and not os.environ.get("CI")
    try:
        run.engine = connect()
        missing = missing_images(run.engine, usable.values(), given=run.asked.images)
        if missing:
            run.room.give_back()
            run.engine.close()
            raise pytest.UsageError("\n".join(missing))
        with display(sys.stderr, live=live) as progress:
            run.session = sessions.open_session(
                run.engine,
                usable,
                given=run.asked.images,
                progress=progress,
                outlasting_s=run.asked.outlasting_s,
            )
    except (NoEngine, HarnessFailure) as error:
        print(f"conformance cannot run: {error}", file=sys.stderr)
        pytest.exit("nothing was judged", returncode=exit_status.NO_ENGINE)


def _look_at_what_is_from_outside(run: Run) -> None:
    subjects = [one for one in run.asked.subjects if not isinstance(one, BrokenRuntime) and one.origin]
    if not subjects:
        return
    # It brings checks along, which others need not import so early.
    from conformance.probing.probe import probe
    from fixtures.engine.connection import NoEngine

    assert run.session is not None
    try:
        run.probed = probe(run.session, subjects, run.asked.profile, run.out / HISTORIES, _say)
        run.looked = scheduling.FirstLook(
            at=[one.subject for one in run.probed], ended=[one.subject for one in run.probed if one.ended]
        )
    except (NoEngine, OSError) as error:
        print(f"conformance: the first look was not finished: {error}", file=sys.stderr)


def _say(line: str) -> None:
    # Part of it is an instance's own word.
    print(bounded(one_line(line), LINE_LIMIT), file=sys.stderr, flush=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    run = node.config.stash.get(RUN, None)  # type: ignore[attr-defined]
    if run is None:
        return
    if run.session is not None:
        node.workerinput[SESSION] = run.session.to_text()  # type: ignore[attr-defined]
        node.workerinput[LOOKED] = run.looked.to_text()  # type: ignore[attr-defined]
    node.workerinput[SEQUENCES] = _generate(run)  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """For ``-n auto`` as many workers as instances are to be driven side by side."""
    # xdist asks before pytest_configure has put anything into the stash.
    if not _asks_for_conformance(config):
        return None
    if config.getoption("--replay") is not None:
        # Judging all saved Histories takes less time than workers need to begin.
        return 0
    from fixtures.side_by_side import side_by_side

    return side_by_side()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    return scheduling.by_history(config, log) if RUN in config.stash else None


# ------------------------------------------------------------------------------------------------ checks and Histories


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("judges")
    if marker is None:
        return
    meant = metafunc.config.stash[RUN].asked
    requirement = meant.catalogue.requirement(marker.kwargs["requirement"])
    found = checks.cases(requirement, marker.kwargs["on"], meant.subjects, meant.profile, meant.sequences)
    metafunc.parametrize("history", [pytest.param(case, id=case.id) for case in found], indirect=True)


@pytest.fixture
def history(request: pytest.FixtureRequest) -> History:
    """The History that a check judges, driven when it is first asked for."""
    return _history_of(request.param, request.config.stash[RUN], request.node.nodeid)


def _history_of(case: checks.Case, run: Run, nodeid: str) -> History:
    if case.not_applicable:
        # As for every skip in a fixture, the place that is told is the check's.
        raise pytest.skip.Exception(case.not_applicable, _use_item_location=True)
    assert run.histories is not None
    found = run.histories.of(case)
    run.last_history = {nodeid: found}
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    run = config.stash.get(RUN, None)
    if run is None or not run.looked.ended:
        return
    cases = [(item, case_of(item)) for item in items]
    items[:] = [item for item, case in cases if case is None or run.looked.leaves(case.subject.name, case.scenario)]
    config.hook.pytest_deselected(items=[item for item, _ in cases if item not in items])


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    if RUN in session.config.stash:
        # What was imported and collected lives until the end: Python's collector need not go through it each time.
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    case = case_of(item)
    if case is None or (report.when != "call" and report.passed):
        return report
    run = item.config.stash[RUN]
    judgement = judge(
        case,
        nodeid=item.nodeid,
        history=run.last_history.get(item.nodeid),
        error=call.excinfo.value if call.excinfo is not None else None,
        declared=run.asked.gaps,
        today=run.started.date(),
    )
    send(report, judgement)
    outcome.present(report, judgement)
    return report


# ------------------------------------------------------------------------------------------------ the run's end


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    # A signal may come at an instruction that has no line, and pytest's own words for where that was end in an error:
    # the report would be lost.
    outcome.leave_out_what_has_no_line(excinfo)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    run = session.config.stash.get(RUN, None)
    if run is None:
        return (yield)
    if run.interrupts is not None:
        run.interrupts.end_is_near()
    if run.room is not None:
        run.room.give_back()
    try:
        return (yield)
    except OSError as error:
        # pytest's own writer of junit.xml knows no full disk; the rest of the report must not be lost with it.
        run.unwritten.append(leftovers.drop_junit(Path(str(session.config.option.xmlpath)), error))
        return None
    finally:
        _close(session, run)


def _close(session: pytest.Session, run: Run) -> None:
    session.exitstatus = exit_status.after_judging(session.exitstatus, run.gathering.judgements)
    if run.histories is not None:
        run.histories.close()
    if run.engine is not None and run.session is not None:
        leftovers.sweep_halves(run.out)
        from fixtures.session import close_session

        close_session(run.engine, run.session)
        run.engine.close()
    session.exitstatus = exit_status.after_writing(session.exitstatus, run.unwritten)


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is not None and run.claim is not None:
        # The page and junit.xml have been written by now.
        run.claim.release()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is None or _is_worker(config):
        return
    if not config.option.collectonly:
        run.gathering.judge_what_was_not_reached(
            interrupted=exitstatus == pytest.ExitCode.INTERRUPTED, ends_at_red=bool(config.option.maxfail)
        )
    judgements = run.gathering.judgements
    if not judgements and not run.probed:
        return
    facts = facts_of_run(
        judgements,
        session=run.session,
        profile=run.asked.profile,
        sequences=run.asked.sequences,
        started=run.started,
        duration_s=time.monotonic() - run.clock,
        exit_status=int(exitstatus),
        arguments=config.invocation_params.args,
    )
    report = assemble.assemble(
        facts,
        judgements,
        catalogue=run.asked.catalogue,
        profile=run.asked.profile,
        subjects=run.asked.subjects,
        session=run.session,
        probed=run.probed,
    )
    unicode = summary.takes_unicode(getattr(sys.stdout, "encoding", None))
    terminalreporter.ensure_newline()
    terminalreporter.write_line(summary.render(report, width=shutil.get_terminal_size().columns, unicode=unicode))
    published = publish(report, run.out)
    if published.page is not None:
        terminalreporter.write_line(f"report: {os.path.relpath(published.page, config.invocation_params.dir)}")
    run.unwritten += published.unwritten
    for what in run.unwritten:
        terminalreporter.write_line(what, red=True)
    if terminalreporter._session is not None:
        status = exit_status.after_writing(terminalreporter._session.exitstatus, run.unwritten)
        terminalreporter._session.exitstatus = status
