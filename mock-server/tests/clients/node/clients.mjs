// openai for Node.js with @azure/identity against the mock. Exits with 1 when anything is not as it is with Azure.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import OpenAI, {
  APIConnectionTimeoutError, APIError, AuthenticationError, AzureOpenAI, BadRequestError, ConflictError,
  InternalServerError, NotFoundError, PermissionDeniedError, RateLimitError,
} from 'openai';
import {
  ClientCertificateCredential, ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential,
  WorkloadIdentityCredential, getBearerTokenProvider,
} from '@azure/identity';
import { ProxyAgent } from 'undici';

const mock = process.env.MOCK;
const files = process.env.MOCK_FILES;
const endpoint = 'https://contoso-east.openai.azure.com';
const tenant = '11111111-2222-3333-4444-555555555555';
const client = '66666666-7777-8888-9999-000000000000';
const scope = 'https://cognitiveservices.azure.com/.default';
const ca = readFileSync(`${files}/ca.pem`, 'utf8');
const fetchOptions = { dispatcher: new ProxyAgent({ uri: mock, requestTls: { ca } }) };
const messages = [{ role: 'user', content: 'Say café' }];
const warnings = [];
process.on('warning', (warning) => warnings.push(warning));

const azure = (more = {}) =>
  new AzureOpenAI({ endpoint, apiKey: 'mock-key-east', apiVersion: '2025-04-01-preview', maxRetries: 0, fetchOptions, ...more });
const v1 = (more = {}) =>
  new OpenAI({ baseURL: `${endpoint}/openai/v1/`, apiKey: 'mock-key-east', maxRetries: 0, fetchOptions, ...more });
const control = async (path, body) => {
  const answer = await fetch(mock + path, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body) });
  return answer.text();
};
const script = (deployment, ...replies) => control(`/script/${deployment}`, replies);
const count = async (deployment) => Number(await control(`/count/${deployment}`));

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const errors = [
  ['content_filter', BadRequestError, 400, 'content_filter', true, 1],
  ['context_length', BadRequestError, 400, 'context_length_exceeded', true, 1],
  ['unsupported_parameter', BadRequestError, 400, 'unsupported_parameter', true, 1],
  ['unauthorized', AuthenticationError, 401, '401', false, 1],
  ['permission_denied', AuthenticationError, 401, 'PermissionDenied', false, 1],
  ['token_rejected', AuthenticationError, 401, undefined, false, 1],
  ['firewall', PermissionDeniedError, 403, '403', false, 1],
  ['private_endpoint', PermissionDeniedError, 403, 'AccessDenied', false, 1],
  ['key_authentication_disabled', PermissionDeniedError, 403, 'AuthenticationTypeDisabled', false, 1],
  ['deployment_not_found', NotFoundError, 404, 'DeploymentNotFound', false, 1],
  ['resource_not_found', NotFoundError, 404, '404', false, 1],
  ['timeout', APIError, 408, 'Timeout', false, 3],
  ['conflict', ConflictError, 409, 'Conflict', false, 3],
  ['rate_limit_tokens', RateLimitError, 429, 'RateLimitReached', false, 3],
  ['rate_limit_requests', RateLimitError, 429, 'RateLimitReached', false, 3],
  ['first_rate_limit', RateLimitError, 429, '429', false, 3],
  ['server_error', InternalServerError, 500, null, true, 3],
  ['gateway_failure', InternalServerError, 500, undefined, false, 3],
  ['unavailable', InternalServerError, 503, 'ServiceUnavailable', false, 3],
  ['front_door', InternalServerError, 503, undefined, false, 3],
];

const checks = {
  async chat() {
    for (const made of [azure(), v1()]) {
      const answer = await made.chat.completions.create({ model: 'chat-prod', messages });
      assert.equal(answer.choices[0].message.content, 'You said: Say café');
      assert.equal(answer.model, 'gpt-4o-2024-11-20');
      assert.equal(answer.usage.total_tokens, 15);
      assert.match(answer._request_id, /^[0-9a-f-]{36}$/);
    }
  },
  async stream() {
    const chunks = await collect(await azure().chat.completions.create({
      model: 'chat-prod', messages, stream: true, stream_options: { include_usage: true },
    }));
    assert.equal(chunks[0].id, '');
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), 'You said: Say café');
    assert.equal(chunks.at(-1).usage.total_tokens, 15);
    const late = await collect(await azure().chat.completions.create({ model: 'async-prod', messages, stream: true }));
    assert.equal(late.at(-1).choices[0].delta, undefined);
  },
  async embeddings() {
    const answer = await azure().embeddings.create({ model: 'embed-prod', input: ['one', 'two'] });
    const plain = await v1().embeddings.create({ model: 'embed-prod', input: ['one', 'two'], encoding_format: 'float' });
    assert.equal(answer.data[1].embedding.length, 1536);
    assert.ok(Math.abs(answer.data[1].embedding[7] - plain.data[1].embedding[7]) < 1e-6);
  },
  async completions() {
    const answer = await azure().completions.create({ model: 'instruct-prod', prompt: 'Once' });
    assert.equal(answer.choices[0].text, 'You said: Once');
  },
  async responses() {
    const answer = await v1().responses.create({ model: 'chat-prod', input: 'Hi' });
    assert.equal(answer.output_text, 'You said: Hi');
    assert.equal((await v1().responses.retrieve(answer.id)).id, answer.id);
    await v1().responses.delete(answer.id);
    await assert.rejects(v1().responses.retrieve(answer.id), NotFoundError);
    const events = await collect(await azure().responses.create({ model: 'five-prod', input: 'Hi', stream: true }));
    assert.equal(events.at(-1).type, 'response.completed');
    assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, position) => position));
  },
  async tools() {
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters: {
      type: 'object', properties: { city: { type: 'string' } },
    } } }];
    const runner = azure().chat.completions.stream({ model: 'chat-prod', messages, tools, tool_choice: 'required' });
    const call = (await runner.finalMessage()).tool_calls[0];
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'example' });
  },
  async models() {
    assert.ok((await collect(await azure().models.list())).some((model) => model.id === 'gpt-4o-2024-11-20'));
  },
  async everyError() {
    for (const [name, kind, status, code, reached, attempts] of errors) {
      for (const stream of [false, true]) {
        await count('chat-prod');
        const reply = { error: name, ...(attempts > 1 ? { retry_after_ms: 30 } : {}) };
        await script('chat-prod', ...Array(attempts).fill(reply));
        const failure = await azure({ maxRetries: 2 }).chat.completions.create({ model: 'chat-prod', messages, stream })
          .then(() => assert.fail(`no error for ${name}`), (error) => error);
        assert.ok(failure instanceof kind, `${name}: ${failure.constructor.name} ${failure}`);
        assert.equal(failure.status, status, name);
        assert.equal(failure.code, code, name);
        assert.equal(Boolean(failure.requestID), reached, `${name}: ${failure.requestID}`);
        assert.ok(failure.headers.get('apim-request-id'));
        assert.equal(await count('chat-prod'), attempts, name);
      }
    }
  },
  async brokenStreams() {
    const consume = async (more) => collect(await azure(more).chat.completions.create({ model: 'chat-prod', messages, stream: true }));
    for (const fault of ['error_event', 'malformed', 'reset', 'eof']) {
      await script('chat-prod', { text: 'one two three', fault });
      await assert.rejects(consume(), undefined, fault);
    }
    await script('chat-prod', { text: 'one two three', fault: 'truncated' });
    assert.ok((await consume()).every((chunk) => !chunk.choices[0]?.finish_reason));
    await script('chat-prod', { text: 'café crème', fault: 'split_characters' });
    assert.equal((await consume()).map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), 'café crème');
  },
  async credentials() {
    writeFileSync(`${files}/federated`, unsigned({
      iss: 'https://oidc.example', sub: 'system:serviceaccount:default:app', aud: 'api://AzureADTokenExchange',
      exp: Math.floor(Date.now() / 1000) + 3600,
    }));
    const user = 'cccccccc-0000-4000-8000-000000000003';
    const credentials = {
      secret: new ClientSecretCredential(tenant, client, 'mock-secret'),
      certificate: new ClientCertificateCredential(tenant, client, `${files}/key.pem`),
      workload: new WorkloadIdentityCredential({ tenantId: tenant, clientId: client, tokenFilePath: `${files}/federated` }),
      system: new ManagedIdentityCredential(),
      user: new ManagedIdentityCredential({ clientId: user }),
      chain: new DefaultAzureCredential(),
    };
    for (const [name, credential] of Object.entries(credentials)) {
      const azureADTokenProvider = getBearerTokenProvider(credential, scope);
      const answer = await azure({ apiKey: undefined, azureADTokenProvider }).chat.completions
        .create({ model: 'chat-prod', messages }).catch((error) => assert.fail(`${name}: ${error}`));
      assert.equal(answer.model, 'gpt-4o-2024-11-20', name);
    }
    process.env.IDENTITY_ENDPOINT = `${mock}/msi/token`;
    process.env.IDENTITY_HEADER = 'mock-identity-header';
    assert.ok((await new ManagedIdentityCredential().getToken(scope)).token);
    delete process.env.IDENTITY_ENDPOINT;
    await assert.rejects(new ClientSecretCredential(tenant, client, 'wrong').getToken(scope), /AADSTS7000215/);
  },
  async noWarnings() {
    assert.deepEqual(warnings, []);
  },
};

function unsigned(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', kid: 'k' })}.${part(claims)}.${Buffer.alloc(256, 'x').toString('base64url')}`;
}

let failed = 0;
for (const [name, run] of Object.entries(checks)) {
  try {
    await run();
    console.log(`held ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}`, error);
  }
}
process.exit(failed ? 1 : 0);
