//! What a test expects to be asked, and a message that says what came instead.

use std::fmt::{self, Write as _};
use std::ops::RangeInclusive;

use serde_json::Value;

use super::received::Received;

/// Requests that should come, so many times.
///
/// ```
/// use azure_openai_mock::testing::Expectation;
///
/// let twice = Expectation::to("chat-prod").times(2).with("/temperature", 0.5).with_header("user-agent", "app/1");
/// assert_eq!(twice.to_string(), "2 requests to chat-prod with /temperature = 0.5 with user-agent: app/1");
/// ```
#[derive(Clone, Debug)]
pub struct Expectation {
    deployment: Option<String>,
    times: RangeInclusive<usize>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
enum Condition {
    /// A JSON pointer and the value there.
    Body(String, Value),
    Header(String, String),
    Path(String),
}

impl Expectation {
    /// Any request.
    pub fn any() -> Self {
        Self { deployment: None, times: 1..=usize::MAX, conditions: Vec::new() }
    }

    /// A request to a deployment, wherever its name is.
    pub fn to(deployment: &str) -> Self {
        Self { deployment: Some(deployment.to_owned()), ..Self::any() }
    }

    /// So many of them; without this, at least one.
    #[must_use]
    pub fn times(mut self, times: impl Times) -> Self {
        self.times = times.range();
        self
    }

    /// Only those whose body has this value at a JSON pointer (`/messages/0/role`).
    #[must_use]
    pub fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        self.conditions.push(Condition::Body(pointer.to_owned(), value.into()));
        self
    }

    /// Only those with this header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.conditions.push(Condition::Header(name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Only those whose path ends like this.
    #[must_use]
    pub fn on_path(mut self, end: &str) -> Self {
        self.conditions.push(Condition::Path(end.to_owned()));
        self
    }

    /// What keeps a request from being the one; none when it is.
    fn objection(&self, request: &Received) -> Option<String> {
        if let Some(wanted) = &self.deployment
            && request.deployment.as_ref() != Some(wanted)
        {
            let found = request.deployment.as_deref().unwrap_or("none");
            return Some(format!("the deployment is {found}"));
        }
        self.conditions.iter().find_map(|condition| condition.objection(request))
    }

    /// A description of what is wrong, or nothing.
    pub(super) fn check(&self, received: &[Received]) -> Option<String> {
        let objections: Vec<_> = received.iter().map(|request| (request, self.objection(request))).collect();
        let met = objections.iter().filter(|(_, objection)| objection.is_none()).count();
        if self.times.contains(&met) {
            return None;
        }
        let mut text = format!("wanted {self}, and got {met}");
        text.push_str(if received.is_empty() { ": nothing came at all" } else { " of these:" });
        for (position, (request, objection)) in objections.iter().enumerate() {
            let remark = objection.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = write!(text, "\n    {}. {request}{remark}", position + 1);
        }
        Some(text)
    }
}

impl Condition {
    fn objection(&self, request: &Received) -> Option<String> {
        match self {
            Self::Body(pointer, wanted) => {
                let found = request.body.pointer(pointer);
                (found != Some(wanted))
                    .then(|| format!("{pointer} is {}", found.map_or("missing".to_owned(), Value::to_string)))
            }
            Self::Header(name, wanted) => {
                let found = request.header(name);
                (found != Some(wanted)).then(|| format!("{name} is {}", found.unwrap_or("missing")))
            }
            Self::Path(end) => (!request.path.ends_with(end)).then(|| format!("the path is {}", request.path)),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self.times.start(), *self.times.end()) {
            (1, usize::MAX) => formatter.write_str("at least 1 request")?,
            (least, usize::MAX) => write!(formatter, "at least {least} requests")?,
            (0, 0) => formatter.write_str("no request")?,
            (1, 1) => formatter.write_str("1 request")?,
            (least, most) if least == most => write!(formatter, "{least} requests")?,
            (least, most) => write!(formatter, "{least} to {most} requests")?,
        }
        if let Some(deployment) = &self.deployment {
            write!(formatter, " to {deployment}")?;
        }
        for condition in &self.conditions {
            match condition {
                Condition::Body(pointer, value) => write!(formatter, " with {pointer} = {value}")?,
                Condition::Header(name, value) => write!(formatter, " with {name}: {value}")?,
                Condition::Path(end) => write!(formatter, " on …{end}")?,
            }
        }
        Ok(())
    }
}

/// How often: a number, or a range.
///
/// ```
/// use azure_openai_mock::testing::Expectation;
///
/// let exactly = Expectation::any().times(3);
/// let between = Expectation::any().times(1..=3);
/// let at_least = Expectation::any().times(2..);
/// ```
pub trait Times {
    /// The least and the most.
    fn range(self) -> RangeInclusive<usize>;
}

impl Times for usize {
    fn range(self) -> RangeInclusive<usize> {
        self..=self
    }
}

impl Times for RangeInclusive<usize> {
    fn range(self) -> RangeInclusive<usize> {
        self
    }
}

impl Times for std::ops::RangeFrom<usize> {
    fn range(self) -> RangeInclusive<usize> {
        self.start..=usize::MAX
    }
}

/// Expectations that are not met.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use azure_openai_mock::testing::{Expectation, MockServer};
///
/// let server = MockServer::start().await;
/// server.expect(Expectation::to("chat-prod"));
/// let unmet = server.verify().await.expect_err("nobody asked");
/// assert_eq!(unmet.unmet, ["wanted at least 1 request to chat-prod, and got 0: nothing came at all"]);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of {all} expectations of the mock Azure OpenAI are not met:\n{}", unmet.len(), unmet.iter().map(|one| format!("  {one}")).collect::<Vec<_>>().join("\n"))]
pub struct Unmet {
    /// What each of them wanted and what came.
    pub unmet: Vec<String>,
    /// How many expectations there were.
    pub all: usize,
}
