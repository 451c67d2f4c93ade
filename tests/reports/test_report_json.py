"""``report.json`` and its schema."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conformance.judging.verdict import Verdict
from reports.formats import report_json
from tests.reports.builders import judgement, report, sample


def test_the_committed_schema_is_the_one_of_the_type() -> None:
    assert report_json.SCHEMA_PATH.read_text(encoding="utf-8") == report_json.schema()


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(report_json.schema()))


def test_the_sample_report_is_valid() -> None:
    jsonschema.Draft202012Validator(json.loads(report_json.schema())).validate(
        json.loads(report_json.encode(sample()[0]))
    )


def test_the_schema_refuses_a_verdict_that_does_not_exist() -> None:
    document = json.loads(report_json.encode(report(judgement())))
    document["verdicts"][0]["verdict"] = "FINE"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(report_json.schema())).validate(document)


def test_every_verdict_carries_what_a_reader_needs() -> None:
    (verdict,) = json.loads(report_json.encode(report(judgement(Verdict.FAIL))))["verdicts"]
    assert verdict.keys() >= {
        "requirement", "level", "family", "runtime", "scenario", "verdict", "message", "nodeid", "history",
        "expected", "seen", "evidence", "notes",
    }  # fmt: skip


def test_a_report_comes_back_as_it_was() -> None:
    made = sample()[0]
    assert report_json.decode(report_json.encode(made)) == made


def test_hostile_text_comes_back_as_it_was() -> None:
    made = report(judgement(message="\x00\x1b[31m</script>\u202e\u2028"))
    assert report_json.decode(report_json.encode(made)) == made


def test_another_format_is_refused() -> None:
    with pytest.raises(report_json.ReportError, match="has format 2"):
        report_json.decode(report_json.encode(report(format=2)))


def test_a_text_that_is_no_report_is_refused() -> None:
    with pytest.raises(report_json.ReportError, match="is no report"):
        report_json.decode("[]")
