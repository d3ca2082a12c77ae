"""Search by one photograph: the run's models and plan, over the run's own gallery or any folder of images."""
