"""Markdown, colours, the agency's brand, the page around everything."""
