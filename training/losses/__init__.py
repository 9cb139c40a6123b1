"""What training lowers: one small function or module per term; the recipe holds their weights."""
