"""Facts: cleaned parts become one table per kind of fact, by subject and time, duplicates set apart.

Enters: the parts' parquet files and `identifiers` (node → subject).
Leaves: a table per fact of the model sorted by (subject, occurred_at, fact_id), `duplicates`, `quarantine`, `parts`;
and for identify what its evidence must not count: LATER and REPEATED.
"""
