"""Read tables, infer their schema and profile their columns."""
