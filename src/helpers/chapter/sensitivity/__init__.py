"""How sure a chapter's headline results are."""
