"""What touches the disk: the report's files and the Histories they are made with, and room that is kept free for them.

What stands in the files is :mod:`reports.formats`' business.
"""
