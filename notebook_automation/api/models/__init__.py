"""What the API takes and gives, a room each: these types validate requests and generate the OpenAPI document."""
