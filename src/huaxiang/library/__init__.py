"""Definitions ready to be included: `- include: retail` in tags/*.yaml or segments/*.yaml. Package data, in YAML."""
