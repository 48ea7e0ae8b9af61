"""A request: one plan with its life."""
