"""Facts the sandbox is loaded with."""
