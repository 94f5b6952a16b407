"""What stands around the text of a page: frame, head, assets, indexes."""
