"""What the operator can do, in the operator's words; no page knows a client."""
