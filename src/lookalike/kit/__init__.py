"""What any program needs: errors, files that are whole or absent, Parquet, images, progress, tables, workers."""
