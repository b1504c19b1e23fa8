"""What is live, read for people."""
