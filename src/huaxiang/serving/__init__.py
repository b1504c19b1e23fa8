"""What is served by id: the base (a build's rows, sorted by subject) and the store of what events changed since."""
