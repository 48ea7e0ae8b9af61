"""What people write: the words and signs in a message, found by kind. Pure."""
