"""Pictures of labels, made by the tests: no photo of a real phone is needed."""
