"""What stands in running prose: quotations, who says them, names, places. Pure; tables are built once."""
