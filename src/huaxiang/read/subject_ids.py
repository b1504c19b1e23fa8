"""The id of a customer that people see, where everything that reads a build looks for it."""

from huaxiang.identify.subject_ids import ALPHABET, LENGTH, decode_subject, encode_subject, not_a_customer

__all__ = ["ALPHABET", "LENGTH", "decode_subject", "encode_subject", "not_a_customer"]
