"""Fork: make a chapter, take a chapter into a book of its own, take in somebody's notebook."""
