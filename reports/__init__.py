"""What people see: verdicts and histories as one HTML page, one JSON document and a table in the terminal.

:mod:`reports.report` is the value that all formats start from. Every format is a pure function of it in a file of its
own (:mod:`reports.formats`); what touches files is :mod:`reports.writing`, and what a person types beside pytest
:mod:`reports.commands`. Nothing here judges anything.
"""
