"""What is known of an image, kept: found, cut and embedded once, on one machine or on many."""
