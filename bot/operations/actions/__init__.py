"""What steps can do that several operations are made of: one file for each action."""
