"""The kinds of tag, one file each; base.py is what every kind must do, registry.py is the list of them."""
