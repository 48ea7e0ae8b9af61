"""What the documents say, compared with what the code says."""
