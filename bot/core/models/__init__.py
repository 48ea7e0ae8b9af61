"""Values that several parts share. Plain data, no I/O; import them from the modules."""
