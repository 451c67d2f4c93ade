"""The report in each of its formats: the page, the JSON document, the text for the terminal.

Each is a pure function of :class:`reports.report.Report` in a file of its own. Putting the report together is
:mod:`reports.assemble`'s work, writing the files :mod:`reports.writing`'s.
"""
