"""What the Python worker is made of.

`protocol` knows lines and replies, `telemetry` the SDK, `flavor` the adapter, `instrumentors` what adapters share,
`signin` credentials, `cell` the life of an application, `calls` one call of it, `application` the client of the library
openai and `ways` how it is called, `inference` the clients of azure-ai-inference, `conversation` what is remembered and
sent on, `streams` how an application reads, `outcome` how what it saw is written down, `session` the order of it.
"""
