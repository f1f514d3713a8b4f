"""What a scan comes to: the judged rules, the grade, the document that other programs read."""
