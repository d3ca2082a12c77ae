"""Who does the work, apart from what it is: this process, processes of this machine, or actors of a Ray cluster."""
