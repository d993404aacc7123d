"""What is shown of a run: cards, pages, tables, and what ships."""
