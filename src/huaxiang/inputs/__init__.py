"""Values of tags that do not come from facts: files and tables, people, queries, predictions.

Enters: the tags whose kind has `stored` columns. Leaves: a table `tag_input_CODE` for each, in the warehouse at hand,
with one row per subject: its value, and where that is from; and what became of every row that was read.
"""
