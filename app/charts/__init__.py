"""Pure functions: aggregates in, a Plotly figure out."""
