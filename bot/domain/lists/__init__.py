"""Lists of phones, from files and from pasted lines: bytes → rows with what is wrong in each. Pure.

`reader.py` is the way in. `workbook.py` needs the extra `lists`.
"""
