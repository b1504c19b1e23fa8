"""Charts: small functions from numbers and texts to ECharts options."""
