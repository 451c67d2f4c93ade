"""What people see of the proof that the suite is worth its verdicts: the kill matrix, and many runs beside one another.

Values, and the page and tables that are functions of them. Driving and deciding is :mod:`conformance.proof`'s work,
writing the files that of :mod:`reports.commands`.
"""
