"""What runs by itself in a server: the scheduler, the dispatcher with its supervisor, the reaper."""
