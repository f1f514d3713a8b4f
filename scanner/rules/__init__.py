"""What a rule is: the decorator, its verdicts, its article."""
