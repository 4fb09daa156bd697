//! Every kind of mistake, so that a test can ask for an example of each.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// A kind of mistake in a user's file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DiagnosticKind {
            $($(#[$doc])* $name,)*
        }

        impl DiagnosticKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word in brackets after `error`.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

kinds! {
    /// The text is not TOML.
    Syntax = "syntax",
    /// A key that stands twice in one table.
    DuplicateKey = "duplicate-key",
    /// A key that does not exist there.
    UnknownKey = "unknown-key",
    /// A key that must be there.
    MissingKey = "missing-key",
    /// A value of another type.
    WrongType = "wrong-type",
    /// A word that is not among the allowed ones.
    UnknownValue = "unknown-value",
    /// A number that is too small or too big.
    OutOfRange = "out-of-range",
    /// A reference to something that is not defined.
    UnknownName = "unknown-name",
    /// The same name or value twice.
    Duplicate = "duplicate",
    /// Nothing where something must be.
    Empty = "empty",
    /// A name with characters that it may not have.
    BadName = "bad-name",
    /// A step with no operation, or with two.
    OneOperation = "one-operation",
    /// A reply that says nothing, or two things.
    OneReply = "one-reply",
    /// A reply that does not fit the operation.
    ReplyMismatch = "reply-mismatch",
    /// A key that does not belong to this kind of reply.
    Misplaced = "misplaced",
    /// More or fewer choices than the call asks for, or one that says nothing or two things.
    Choices = "choices",
    /// A call that the client cannot make in that way.
    Via = "via",
    /// A setting that the called API does not have.
    ForeignKey = "foreign-key",
    /// An embeddings call with no input, or with two.
    OneInput = "one-input",
    /// Chunks that do not join to the text.
    ChunksDiffer = "chunks-differ",
    /// A concept that a convention forgets, or says two things about.
    Concept = "concept",
    /// An attribute name whose index is none.
    AttributeName = "attribute-name",
    /// A path into JSON that is none.
    JsonPath = "json-path",
    /// Something that only a stream has.
    NeedsStream = "needs-stream",
    /// A fault without a place, a place without a fault, or one beyond the chunks.
    FaultPlace = "fault-place",
    /// A tool result that nobody asked for, or one that is missing.
    ToolResults = "tool-results",
    /// A call of a tool that the step does not offer.
    ToolNotOffered = "tool-not-offered",
    /// A conversation that cannot go on from that step.
    Continue = "continue",
    /// A chat that sends no new message.
    NothingToSay = "nothing-to-say",
    /// A group whose steps are not neighbours in the file's order, or belong to two groups.
    GroupSteps = "group-steps",
    /// Steps that cannot run at the same time, or whose requests cannot be told apart.
    ParallelSteps = "parallel-steps",
    /// A resource with two addresses.
    Address = "address",
    /// A repetition of nothing, or one that cannot be told from the next.
    Repeat = "repeat",
    /// A call of another deployment than the pinned one.
    PinnedDeployment = "pinned-deployment",
    /// A reply that can never be given.
    ReplyUnreachable = "reply-unreachable",
    /// A call that the cloud cannot answer by itself.
    ReplyMissing = "reply-missing",
    /// Token counts that the service never reports.
    Usage = "usage",
    /// Cancelling a task without an async client.
    CancelNeedsAsync = "cancel-needs-async",
    /// An expectation that expects nothing, or a thing and its opposite.
    Expectation = "expectation",
    /// A group's span as parent of a step outside of groups.
    ParentWithoutGroup = "parent-without-group",
    /// A control where there must be none, or none where there must be one.
    Control = "control",
    /// A lock where there must be none, or none where there must be one.
    Lock = "lock",
    /// A file that does not lie beside the file that names it.
    FilePath = "file-path",
    /// An environment variable that the harness sets itself.
    ReservedVariable = "reserved-variable",
    /// A version that is not `1.2.3`.
    Version = "version",
    /// A glob that cannot be read.
    Glob = "glob",
    /// An address that is no endpoint of the service.
    Endpoint = "endpoint",
    /// A key that does not belong to this way to sign in.
    SignIn = "sign-in",
}
