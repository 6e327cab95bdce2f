"""REST, webhooks and the stream of changes, one module a noun: read the request, call the service, show its answer."""
