"""The command line of `provbot`; nothing is imported here, because `run` needs little of it."""
