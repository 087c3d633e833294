"""What the Overview page recommends."""
