"""What the Python worker is made of.

`protocol` knows lines and replies, `telemetry` the SDK, `flavor` the adapter, `instrumentors` what adapters share,
`signin` credentials, `application` the OpenAI client, `ways` how it is called, `conversation` what is remembered and
sent on, `streams` how an application reads, `outcome` how what it saw is written down, `session` the order of it.
"""
