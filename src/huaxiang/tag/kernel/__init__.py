"""A compiled pass: facts in the order of their subjects go in once, every measure that needs no set of rows comes out.

It executes the same measures as the SQL of `families.py` and gives the same values; what it cannot do stays there.
"""
