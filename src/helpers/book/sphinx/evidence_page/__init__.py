"""The evidence page: every claim and every document, the contested facts, the filter."""
