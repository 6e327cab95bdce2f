"""REST, webhooks and the change stream, a room each: read the request, call the service, show what it returned."""
