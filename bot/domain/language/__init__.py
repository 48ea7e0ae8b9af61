"""What people write: a table of words, and readers that find each kind of thing in text. Pure."""
