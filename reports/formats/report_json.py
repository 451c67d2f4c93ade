"""``report.json``: the report for machines, and the JSON Schema that describes it.

The document is the :class:`reports.report.Report` itself. Its schema is generated from the type and kept in
``reports/schema/report.schema.json``, so that readers of the report need no Python;
``python -m reports.formats.report_json`` prints it anew after the type has changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec

from reports.report import FORMAT, Report

SCHEMA_PATH = Path(__file__).resolve().parents[1] / "schema" / "report.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class ReportError(ValueError):
    """A text that is no report of a known format."""


def encode(report: Report) -> str:
    """The report as indented JSON, with a final line break."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1).decode() + "\n"


def decode(text: str | bytes) -> Report:
    """The reverse of :func:`encode`.

    Raises:
        ReportError: the text is no report, or has a format that this version does not know.
    """
    try:
        report = msgspec.json.decode(text, type=Report)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ReportError(f"is no report: {error}") from error
    if report.format != FORMAT:
        raise ReportError(f"has format {report.format}, this version reads format {FORMAT}")
    return report


def schema() -> str:
    """The JSON Schema of ``report.json``, as the text of the committed file."""
    (root,), definitions = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    document = {"$schema": DIALECT, "title": "Conformance report, format 1", **root, "$defs": definitions}
    return json.dumps(document, indent=2, sort_keys=False, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema())
