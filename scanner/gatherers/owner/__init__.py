"""What the owner looks after himself: his configuration's facts, and the places where he keeps records."""
