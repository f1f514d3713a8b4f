"""The program that people start: it puts the engine, the rules and the reports together."""
