"""What the API takes and gives, one module a noun: these types validate requests and generate the OpenAPI document."""
