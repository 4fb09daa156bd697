"""What the Python worker is made of.

`protocol` knows lines and replies, `telemetry` the SDK, `flavor` the adapter, `instrumentors` what adapters share
(`honeyhive` and `pydantic_logfire` those of one product),
`signin` credentials, `cell` the life of an application, `calls` one call of it, `application` the client of the library
openai and `ways` how it is called, `inference` the clients of azure-ai-inference, `projects` that of azure-ai-projects,
`conversation` what is remembered and sent on, `streams` how an application reads, `outcome` how what it saw is written
down, `session` the order of it.
"""
