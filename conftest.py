"""Wires the four folders to pytest: subjects and images in, Histories to the checks, Judgements to the reports.

Nothing else knows all four. What is decided here is only the order: the controller makes the session (labels,
network, images) before the workers start and hands it to them; a worker drives an instance when the first check
asks for its History; each report carries its Judgement back to the controller, which writes the reports.

pytest imports this file in every process of a run, also where nothing is driven: what drives, builds or draws is
imported by the function that needs it.
"""

from __future__ import annotations

import contextlib
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

from conformance import catalogue, checks, gaps, scheduling
from conformance.histories import DrivenHistories, ReplayedHistories
from conformance.judging import judge
from conformance.sequences import A_SEQUENCE, DEFAULT_SEED, SequenceError, Sequences, load, saved
from conformance.verdict import Judgement, Verdict, decode, encode
from fixtures.exceptions import HarnessFailure
from fixtures.interrupts import Interrupts
from reports import assemble, summary, writer
from reports.report import RunFacts
from reports.room import Room
from reports.text import plain
from runtimes.subjects import BrokenRuntime, discover

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from conformance.catalogue import Profile
    from conformance.histories import Histories
    from fixtures.engine.connection import Engine
    from fixtures.history.history import History
    from fixtures.session import Session
    from runtimes.subjects import Subject

ROOT = Path(__file__).resolve().parent
VERSION = "0.1.0"
JUDGEMENT = "judgement"
"""The user property in which a Judgement travels from a worker to the controller."""
SEQUENCES = "sequences"
"""The worker's input in which the generated sequences travel from the controller."""
NOTHING_OBSERVED = 5
"""Exit status of a run in which nothing applied: pytest's own for a run without tests."""
NO_ENGINE = 3
"""Exit status of a run that could not begin: no engine, or one that cannot be used."""


@dataclass
class Run:
    """The state of this process's part in a run."""

    catalogue: catalogue.Catalogue
    profile: Profile
    subjects: Sequence[Subject | BrokenRuntime]
    gaps: Sequence[gaps.Gap]
    out: Path
    sequences: Sequences
    started: datetime.datetime
    clock: float = field(default_factory=time.monotonic)
    interrupts: Interrupts | None = None
    room: Room | None = None
    engine: Engine | None = None
    session: Session | None = None
    histories: Histories | None = None
    judgements: list[Judgement] = field(default_factory=list)
    collected: dict[str, None] = field(default_factory=dict)
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
        metavar="RUNTIME=IMAGE",
        help="judge this image in place of the reference runtime's; may be repeated",
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
        type=Path,
        default=ROOT / "reports" / "out",
        help="where reports and Histories go (default: reports/out)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "judges(requirement, on): the check judges this requirement on these scenarios")
    if not _asks_for_conformance(config):
        return
    try:
        known = catalogue.load_profiles()
        name = config.getoption("--profile")
        if name not in known:
            raise pytest.UsageError(f"--profile {name}: there is no such profile; there are {', '.join(sorted(known))}")
        declared = config.getoption("--gaps")
        config.stash[RUN] = Run(
            catalogue=catalogue.load(),
            profile=known[name],
            subjects=_chosen(config.getoption("--runtime")),
            gaps=gaps.load(declared) if declared is not None else (),
            out=config.getoption("--out").resolve(),
            sequences=_sequences(config),
            started=datetime.datetime.now(datetime.UTC),
        )
        _given_images(config)
    except (catalogue.CatalogueError, gaps.GapError, SequenceError) as error:
        raise pytest.UsageError(str(error)) from error
    # A worker has nobody to talk to: the controller, which gets the same signals, says what there is to say.
    interrupts = Interrupts(say=lambda _: None) if _is_worker(config) else Interrupts()
    interrupts.install()
    config.stash[RUN].interrupts = interrupts
    if config.option.tbstyle == "auto":
        # The summary lists every red verdict with what was expected and seen; a traceback of the check adds nothing,
        # and where hundreds of verdicts are red a worker would take longer to make them than to drive the instances.
        config.option.tbstyle = "no"
    if _is_worker(config):
        return
    config.pluginmanager.register(Collector(config.stash[RUN]), "conformance-judgements")
    if config.option.xmlpath is None and not config.option.collectonly:
        config.option.xmlpath = str(config.stash[RUN].out / "junit.xml")


def _asks_for_conformance(config: pytest.Config) -> bool:
    """Whether the run's arguments reach into ``conformance/``: the tests of the harness need none of this."""
    here = ROOT / "conformance"
    for argument in config.args:
        path = (config.invocation_params.dir / str(argument).split("::")[0]).resolve()
        if path == here or here in path.parents or path in here.parents:
            return True
    return False


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _chosen(names: Sequence[str]) -> Sequence[Subject | BrokenRuntime]:
    everything = discover()
    known = [subject.name for subject in everything]
    for name in names:
        if name not in known:
            from difflib import get_close_matches

            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            raise pytest.UsageError(f"--runtime {name}: there is no such runtime; {hint}there are {', '.join(known)}")
    return [subject for subject in everything if (subject.name in names if names else not _is_optional(subject))]


def _is_optional(subject: Subject | BrokenRuntime) -> bool:
    return not isinstance(subject, BrokenRuntime) and subject.table.optional


def _sequences(config: pytest.Config) -> Sequences:
    count, replayed = config.getoption("--sequences"), config.getoption("--replay")
    if (count is not None and count < 0) or config.getoption("--sequence-seed") < 0:
        raise pytest.UsageError("--sequences and --sequence-seed take a number that is not negative")
    found = Sequences(
        seed=config.getoption("--sequence-seed"),
        count=count,
        files=(*saved(), *(path.resolve() for path in config.getoption("--sequence-file"))),
        replayed=replayed.resolve() if replayed is not None else None,
    )
    for path in found.files:
        load(path)
    if _is_worker(config):
        found.take(config.workerinput.get(SEQUENCES, ""))  # type: ignore[attr-defined]
    return found


def _given_images(config: pytest.Config) -> dict[str, str]:
    known = [subject.name for subject in discover()]
    given: dict[str, str] = {}
    chosen = config.getoption("--runtime") or known
    for text in config.getoption("--image"):
        name, separator, reference = text.partition("=")
        if not separator or not reference or name not in known:
            raise pytest.UsageError(f"--image {text}: expected RUNTIME=IMAGE, with one of {', '.join(known)}")
        if name not in chosen:
            raise pytest.UsageError(f"--image {text}: {name} is not judged in this run; add --runtime {name}")
        if name in given:
            raise pytest.UsageError(f"--image {text}: {name} has an image already, {given[name]}")
        given[name] = reference
    return given


# ------------------------------------------------------------------------------------------------ the run's begin


def pytest_report_header(config: pytest.Config) -> str | None:
    run = config.stash.get(RUN, None)
    return f"sequences: seed {run.sequences.seed}" if run is not None and run.sequences.replayed is None else None


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    run = config.stash.get(RUN, None)
    if run is None or config.option.collectonly:
        return
    if config.getoption("--replay") is not None:
        run.histories = ReplayedHistories(config.getoption("--replay").resolve(), run.profile)
        if not (config.option.usepdb or config.option.setupshow or config.option.setuponly):
            config.pluginmanager.register(StraightOn(), "conformance-straight-on")
        return
    if _is_worker(config):
        from fixtures.session import Session

        run.session = Session.from_text(config.workerinput[JUDGEMENT])  # type: ignore[attr-defined]
        worker = config.workerinput["workerid"]  # type: ignore[attr-defined]
    else:
        # Another process makes the sequences, while this one waits for the engine.
        with ThreadPoolExecutor(1) as beside:
            beside.submit(_generate, run)
            _open_session(config, run)
        worker = "main"
    assert run.session is not None
    run.histories = DrivenHistories(run.session, worker, run.profile, run.out / writer.HISTORIES, run.sequences)


def _generate(run: Run) -> str:
    """The generated sequences as text for the workers; empty where they cannot be had.

    They are made once. Whoever misses them asks again, and says why there are none where pytest tells of it.
    """
    try:
        return run.sequences.to_text(one for one in run.subjects if not isinstance(one, BrokenRuntime))
    except SequenceError:
        return ""


def _forget_last_run(out: Path) -> None:
    """A run that cannot begin or is broken off must not be taken for the one before it."""
    shutil.rmtree(out / writer.HISTORIES, ignore_errors=True)
    # A process that was killed in the middle of a write has left a file under another name.
    for name in ("report.json", "index.html", "junit.xml", ".report.json.*", ".index.html.*"):
        for path in out.glob(name):
            with contextlib.suppress(OSError):
                path.unlink()


def _open_session(config: pytest.Config, run: Run) -> None:
    from fixtures import session as sessions
    from fixtures.engine.build_progress import display
    from fixtures.engine.connection import NoEngine, connect

    _forget_last_run(run.out)
    run.room = Room(run.out)
    run.room.keep()
    usable = {subject.name: subject for subject in run.subjects if not isinstance(subject, BrokenRuntime)}
    live = sys.stderr.isatty() and not os.environ.get("CI")
    try:
        run.engine = connect()
        with display(sys.stderr, live=live) as progress:
            run.session = sessions.open_session(run.engine, usable, given=_given_images(config), progress=progress)
    except (NoEngine, HarnessFailure) as error:
        print(f"conformance cannot run: {error}", file=sys.stderr)
        pytest.exit("nothing was judged", returncode=NO_ENGINE)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    run = node.config.stash.get(RUN, None)  # type: ignore[attr-defined]
    if run is None:
        return
    if run.session is not None:
        node.workerinput[JUDGEMENT] = run.session.to_text()  # type: ignore[attr-defined]
    node.workerinput[SEQUENCES] = _generate(run)  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Two workers a core for ``-n auto``: a drive waits for its container far more than it computes."""
    # xdist asks before pytest_configure has put anything into the stash.
    if not _asks_for_conformance(config):
        return None
    if config.getoption("--replay") is not None:
        # Judging all saved Histories takes less time than workers need to begin.
        return 0
    import psutil

    return 2 * (psutil.cpu_count() or 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    return scheduling.by_history(config, log) if RUN in config.stash else None


# ------------------------------------------------------------------------------------------------ checks and Histories


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("judges")
    if marker is None:
        return
    run = metafunc.config.stash[RUN]
    requirement = run.catalogue.requirement(marker.kwargs["requirement"])
    found = checks.cases(requirement, marker.kwargs["on"], run.subjects, run.profile, run.sequences)
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


class StraightOn:
    """Has a check of a saved History called without pytest's set-up and tear-down around it.

    A check is a function of a History. Where that only has to be read, what pytest does for fixtures, captured output
    and logs takes several times longer than all checks. Reports, hooks on them and exit statuses are pytest's own.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        case = _case_of(item)
        if case is None or not isinstance(item, pytest.Function) or not {*item.fixturenames} <= {"history", "request"}:
            return None
        hook, run, check = item.ihook, item.config.stash[RUN], item.obj
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        passing_on = (pytest.exit.Exception, KeyboardInterrupt)
        # Who has no History to judge ends in what pytest calls the set-up, as anywhere else: an error, no failure.
        call = pytest.CallInfo.from_call(lambda: _history_of(case, run, item.nodeid), "setup", passing_on)
        if call.excinfo is None:
            found = call.result
            call = pytest.CallInfo.from_call(lambda: check(found), "call", passing_on)
        report = hook.pytest_runtest_makereport(item=item, call=call)
        hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    case = _case_of(item)
    if case is None or (report.when != "call" and report.passed):
        return report
    run = item.config.stash[RUN]
    judgement = judge(
        case,
        nodeid=item.nodeid,
        history=run.last_history.get(item.nodeid),
        error=call.excinfo.value if call.excinfo is not None else None,
        declared=run.gaps,
        today=run.started.date(),
    )
    report.user_properties.append((JUDGEMENT, encode(judgement)))
    _present(report, judgement)
    return report


def _case_of(item: pytest.Item) -> checks.Case | None:
    case = getattr(item, "callspec", None) and item.callspec.params.get("history")  # type: ignore[attr-defined]
    return case if isinstance(case, checks.Case) else None


def _present(report: pytest.TestReport, judgement: Judgement) -> None:
    """Give pytest the outcome that a verdict stands for."""
    if judgement.verdict is Verdict.NOT_APPLICABLE:
        return
    if judgement.verdict is Verdict.PASS:
        report.outcome = "passed"
    elif judgement.verdict is Verdict.GAP:
        report.outcome = "skipped"
        report.wasxfail = plain(judgement.message)
    else:
        report.outcome = "failed"
        # pytest prints this as it is, where it is asked for tracebacks: an instance's words are in it.
        told = f"{judgement.verdict} {judgement.requirement} ({judgement.runtime}): {judgement.message}"
        report.longrepr = plain(told)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    if RUN in session.config.stash:
        # What was imported and collected lives until the end: Python's collector need not go through it each time.
        gc.freeze()


class Collector:
    """Gathers the Judgements in the controller, as the reports come in from this process or from the workers."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        text = dict(report.user_properties).get(JUDGEMENT)
        if text is not None:
            self._run.judgements.append(decode(str(text)))
        elif report.failed and "[" in report.nodeid:
            # A worker that died in the middle of a check sends no Judgement; xdist reports the crash by node id only.
            why = f"the worker died in the middle of this check: {str(report.longrepr)[:500]}"
            lost = checks.lost(report.nodeid, self._run.catalogue, why)
            if lost is not None:
                self._run.judgements.append(lost)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._run.collected.update(dict.fromkeys(item.nodeid for item in session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: Sequence[str]) -> None:
        self._run.collected.update(dict.fromkeys(ids))


def _judge_what_was_not_reached(config: pytest.Config, run: Run, exit_status: int) -> None:
    if config.option.collectonly or (config.option.maxfail and any(one.verdict.red for one in run.judgements)):
        return  # -x: who asked for the end knows why there is no more
    interrupted = exit_status == pytest.ExitCode.INTERRUPTED
    end = "the run was interrupted" if interrupted else "the run ended, its workers had died,"
    why = f"{end} before this check was judged"
    run.judgements += checks.not_reached(run.collected, run.judgements, run.catalogue, why)


# ------------------------------------------------------------------------------------------------ the run's end


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
        run.unwritten.append(f"{session.config.option.xmlpath} could not be written: {error.strerror or error}")
        with contextlib.suppress(OSError):
            Path(str(session.config.option.xmlpath)).unlink(missing_ok=True)  # half of it is no XML
        return None
    finally:
        _close(session, run)


def _close(session: pytest.Session, run: Run) -> None:
    if (
        run.judgements
        and session.exitstatus == 0
        and not any(judgement.verdict.observed for judgement in run.judgements)
    ):
        # Every item was skipped: a run that observed nothing must not look like one that found nothing wrong.
        session.exitstatus = NOTHING_OBSERVED
    if run.histories is not None:
        run.histories.close()
    if run.engine is not None and run.session is not None:
        # A worker that was killed in the middle of a write has left a file under another name.
        for half in (run.out / writer.HISTORIES).glob(".*"):
            with contextlib.suppress(OSError):
                half.unlink()
        from fixtures.session import close_session

        close_session(run.engine, run.session)
        run.engine.close()
    if run.unwritten and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is None or _is_worker(config):
        return
    _judge_what_was_not_reached(config, run, int(exitstatus))
    if not run.judgements:
        return
    import psutil

    report = assemble.assemble(
        RunFacts(
            id=run.session.run if run.session is not None else "replay",
            version=VERSION,
            profile=run.profile.name,
            profile_text=run.profile.text,
            started=run.started.isoformat(timespec="seconds"),
            duration_s=round(time.monotonic() - run.clock, 1),
            engine=run.session.engine if run.session is not None else "none: saved Histories were judged",
            cores=psutil.cpu_count() or 0,
            memory_mb=psutil.virtual_memory().total // 2**20,
            exit_status=int(exitstatus),
            command=tuple(map(str, config.invocation_params.args)),
            seed=run.sequences.seed if any(A_SEQUENCE.match(one.scenario) for one in run.judgements) else None,
        ),
        run.judgements,
        catalogue=run.catalogue,
        profile=run.profile,
        subjects=run.subjects,
        session=run.session,
    )
    writing = terminalreporter
    writing.ensure_newline()
    unicode = (getattr(sys.stdout, "encoding", None) or "ascii").lower().startswith("utf")
    writing.write_line(summary.render(report, width=shutil.get_terminal_size().columns, unicode=unicode))
    try:
        paths = writer.write_all(report, run.out)
    except OSError as error:
        run.unwritten.append(f"the report could not be written below {run.out}: {error.strerror or error}")
    else:
        if paths.no_page:
            run.unwritten.append(f"index.html could not be made, report.json has it all: {paths.no_page}")
        else:
            writing.write_line(f"report: {os.path.relpath(paths.index_html, config.invocation_params.dir)}")
    for what in run.unwritten:
        writing.write_line(what, red=True)
    if run.unwritten and terminalreporter._session is not None and terminalreporter._session.exitstatus == 0:
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED
