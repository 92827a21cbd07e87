"""Pages about people, one module per kind of page."""
