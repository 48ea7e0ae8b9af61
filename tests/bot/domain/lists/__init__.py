"""Lists of phones."""
