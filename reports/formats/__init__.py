"""The report in each of its formats: the page, the JSON document, the text for the terminal.

Each is a pure function of :class:`reports.report.Report` in a file of its own; one Judgement alone is shown as pytest's
outcome. Putting the report together is :mod:`reports.assemble`'s work, writing the files :mod:`reports.writing`'s.
"""
