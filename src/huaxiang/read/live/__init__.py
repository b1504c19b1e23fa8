"""What is live, read for people: how events flow, one event's whole way, and a customer as of the last of them."""
