"""What a scan may ask: the target's names, the budget, the focus of a second look."""
