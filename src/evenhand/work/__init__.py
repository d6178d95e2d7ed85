"""Projects, batches, tasks, the queue, annotations: the work itself."""
