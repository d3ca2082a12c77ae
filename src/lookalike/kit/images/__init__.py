"""Image files: from bytes that anyone may have written to pixels, or to a reason why not."""
