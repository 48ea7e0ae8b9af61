"""What tests read from files: see README.md beside this."""
