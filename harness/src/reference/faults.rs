//! Mistakes that the reference can be told to make, one at a time: the test of the judge.
//!
//! No file can ask for one; tests do. Each says what it does, and nothing about who should notice.

macro_rules! faults {
    ($($(#[doc = $does:literal])+ $variant:ident = $name:literal;)*) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[doc = $does])+ $variant,)*
        }

        impl Fault {
            /// Every mistake.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it does.
            pub fn does(self) -> &'static str {
                match self { $(Self::$variant => concat!($($does),+).trim_ascii()),* }
            }
        }
    };
}

faults! {
    /// The span is started and never ended.
    NeverEnded = "never-ended";
    /// The span is exported twice.
    EndedTwice = "ended-twice";
    /// The span ends when the next step is over.
    EndedLate = "ended-late";
    /// The span ends before it starts.
    Backwards = "backwards";
    /// Two spans stand for one call.
    TwoSpans = "two-spans";
    /// No span stands for the call.
    NoSpan = "no-span";
    /// The call's span is under another span than the application's.
    WrongParent = "wrong-parent";
    /// The call's span is under no span, although the application has one.
    SiblingRoot = "sibling-root";
    /// The call's span is under that of the call before.
    LeakedContext = "leaked-context";
    /// The parent of the call's span is none that was ever exported.
    Orphan = "orphan";
    /// A call that succeeds has the status error.
    StatusOnSuccess = "status-on-success";
    /// A call that fails has no status.
    StatusLost = "status-lost";
    /// The name of the deployment is lost.
    DeploymentLost = "deployment-lost";
    /// The model that answered is recorded in place of the deployment.
    DeploymentSwapped = "deployment-swapped";
    /// The deployment is recorded in place of the model that answered.
    ResponseModelSwapped = "response-model-swapped";
    /// The model that answered is lost.
    ResponseModelLost = "response-model-lost";
    /// The answer's id is lost.
    ResponseIdLost = "response-id-lost";
    /// The answer's id is another.
    ResponseIdAltered = "response-id-altered";
    /// An answer without an id gets one.
    ResponseIdGuessed = "response-id-guessed";
    /// One token more than were sent.
    TokensWrong = "tokens-wrong";
    /// Tokens sent and received change places.
    TokensSwapped = "tokens-swapped";
    /// Tokens are a text.
    TokensAsText = "tokens-as-text";
    /// Tokens are a floating-point number.
    TokensAsDouble = "tokens-as-double";
    /// Tokens that were sent are lost.
    InputTokensLost = "input-tokens-lost";
    /// Tokens that came back are lost.
    OutputTokensLost = "output-tokens-lost";
    /// Tokens are guessed where the service did not count them.
    TokensGuessed = "tokens-guessed";
    /// Tokens read from the cache are one too many.
    CachedTokensWrong = "cached-tokens-wrong";
    /// Finish reasons are lost.
    FinishReasonsLost = "finish-reasons-lost";
    /// Every finish reason is `stop`.
    FinishReasonsStop = "finish-reasons-stop";
    /// The finish reason is a text, not a list.
    FinishReasonsText = "finish-reasons-text";
    /// An answer that never finished gets the finish reason `stop`.
    FinishReasonsGuessed = "finish-reasons-guessed";
    /// A list in which the last finish reason stands twice.
    FinishReasonsDoubled = "finish-reasons-doubled";
    /// A temperature that was sent is lost.
    TemperatureLost = "temperature-lost";
    /// A temperature that was not sent is the default.
    TemperatureGuessed = "temperature-guessed";
    /// The temperature is a text.
    TemperatureAsText = "temperature-as-text";
    /// The seed is lost.
    SeedLost = "seed-lost";
    /// The seed is another.
    SeedWrong = "seed-wrong";
    /// A seed that was not sent is 0.
    SeedGuessed = "seed-guessed";
    /// The bound on tokens is doubled.
    MaxTokensWrong = "max-tokens-wrong";
    /// The host is a whole URL.
    HostIsUrl = "host-is-url";
    /// The port is lost.
    PortLost = "port-lost";
    /// The port is a text.
    PortAsText = "port-as-text";
    /// The provider is plain OpenAI.
    ProviderIsOpenAi = "provider-is-openai";
    /// The provider has the name of an older release.
    ProviderOldName = "provider-old-name";
    /// A chat is said to be embeddings.
    OperationWrong = "operation-wrong";
    /// What went wrong is lost.
    ErrorTypeLost = "error-type-lost";
    /// What went wrong is something else.
    ErrorTypeWrong = "error-type-wrong";
    /// Something went wrong with a call that succeeded.
    ErrorTypeGuessed = "error-type-guessed";
    /// A stream is not said to be one.
    StreamLost = "stream-lost";
    /// Every call is said to be a stream.
    StreamGuessed = "stream-guessed";
    /// The time to the first chunk is lost.
    FirstChunkLost = "first-chunk-lost";
    /// The time to the first chunk is in milliseconds.
    FirstChunkInMilliseconds = "first-chunk-in-milliseconds";
    /// The prompt is cut.
    PromptCut = "prompt-cut";
    /// The prompt is lost.
    PromptLost = "prompt-lost";
    /// The messages are half a JSON document.
    MessagesBroken = "messages-broken";
    /// The answer's text is cut.
    AnswerCut = "answer-cut";
    /// The answer is lost.
    AnswerLost = "answer-lost";
    /// What came of an answer that broke off is lost.
    PartialAnswerLost = "partial-answer-lost";
    /// Tool calls are merged into the first.
    ToolCallsMerged = "tool-calls-merged";
    /// Of several choices, only the first is recorded.
    SecondChoiceLost = "second-choice-lost";
    /// Arguments of tool calls are altered.
    ToolArgumentsAltered = "tool-arguments-altered";
    /// Results of tools are altered.
    ToolResultsAltered = "tool-results-altered";
    /// Tool definitions are lost.
    ToolDefinitionsLost = "tool-definitions-lost";
    /// The number of dimensions is lost.
    DimensionsLost = "dimensions-lost";
    /// The number of dimensions is doubled.
    DimensionsWrong = "dimensions-wrong";
    /// The conversation is that of somebody else.
    ConversationSwapped = "conversation-swapped";
    /// Every answer is said to be text.
    OutputTypeText = "output-type-text";
    /// The type of the answer that was asked for is lost.
    OutputTypeLost = "output-type-lost";
    /// A tier of service that nobody asked for.
    ServiceTierGuessed = "service-tier-guessed";
    /// Chat completions are said to be responses.
    ApiTypeWrong = "api-type-wrong";
    /// The path of the URL is that of OpenAI's own service.
    UrlPathWrong = "url-path-wrong";
    /// The status of the answer is one that never came.
    HttpStatusWrong = "http-status-wrong";
    /// A call that fails tells of another exception.
    ExceptionWrong = "exception-wrong";
    /// A call that succeeds tells of an exception.
    ExceptionGuessed = "exception-guessed";
    /// An attribute is what a language prints for an object, and half of JSON.
    BrokenJson = "broken-json";
    /// An attribute is the text of an object with its address in memory.
    ObjectAddress = "object-address";
    /// An attribute is there twice, with two values.
    AttributeTwice = "attribute-twice";
    /// An event tells of the call, but belongs to no span.
    LogWithoutSpan = "log-without-span";
    /// An event of the call has other tokens than its span.
    LogTokensWrong = "log-tokens-wrong";
    /// An event of the call has a parameter that was not sent.
    LogSeedGuessed = "log-seed-guessed";
    /// The duration metric is missing.
    DurationMetricLost = "duration-metric-lost";
    /// The token metric is missing.
    TokenMetricLost = "token-metric-lost";
    /// The duration metric is recorded twice.
    DurationMetricTwice = "duration-metric-twice";
    /// The duration metric has another unit.
    MetricUnit = "metric-unit";
    /// The duration metric counts milliseconds and says seconds.
    MetricInMilliseconds = "metric-in-milliseconds";
    /// Points do not say the provider.
    MetricWithoutProvider = "metric-without-provider";
    /// The token metric has more tokens than were used.
    MetricTokensWrong = "metric-tokens-wrong";
    /// The metrics name another deployment than the span.
    MetricModelSwapped = "metric-model-swapped";
    /// The key is in an attribute.
    KeyLeaked = "key-leaked";
    /// The key is in an attribute, in base64.
    KeyLeakedBase64 = "key-leaked-base64";
    /// The prompt is in an attribute, although content is not captured.
    PromptLeaked = "prompt-leaked";
    /// The prompt is in a metric, although content is not captured.
    PromptLeakedInMetric = "prompt-leaked-in-metric";
    /// The answer is in an attribute, although content is not captured.
    AnswerLeaked = "answer-leaked";
    /// Tool arguments are in an attribute, although content is not captured.
    ToolArgumentsLeaked = "tool-arguments-leaked";
    /// Tool definitions are in an attribute, although content is not captured.
    ToolDefinitionsLeaked = "tool-definitions-leaked";
    /// The texts to embed are in an attribute, although content is not captured.
    EmbeddedTextLeaked = "embedded-text-leaked";
    /// A vector is in an attribute, although content is not captured.
    VectorLeaked = "vector-leaked";
    /// A chunk reaches the application altered.
    ChunkAltered = "chunk-altered";
    /// A chunk does not reach the application.
    ChunkLost = "chunk-lost";
    /// The application does not see an error.
    ErrorSwallowed = "error-swallowed";
    /// The application sees another message of an error.
    ErrorMessageAltered = "error-message-altered";
    /// The application sees an answer with something added.
    BodyTouched = "body-touched";
    /// Every answer is asked for twice.
    ExtraRequest = "extra-request";
    /// Requests carry a `traceparent`.
    TraceparentInjected = "traceparent-injected";
    /// Requests carry a header of the instrumentation's own.
    HeaderAdded = "header-added";
    /// Requests have a body with something added.
    RequestBodyAltered = "request-body-altered";
    /// Requests have a query with something added.
    RequestUrlAltered = "request-url-altered";
    /// A host of the instrumentation's own is called.
    CallsHome = "calls-home";
}

impl Fault {
    /// The fault of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.as_str() == name)
    }
}
