"""Fork: make a chapter, extract one into its own book, adopt a foreign notebook."""
