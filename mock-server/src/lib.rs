//! A fake Azure OpenAI cloud.
