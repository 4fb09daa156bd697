//! Quotas of a deployment: what was used in the minute that is running.

use super::config::Quota;

/// Length of a window, in seconds.
const WINDOW: u64 = 60;

/// What was used since the window began. A window begins with the first request after the last one ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    began: u64,
    tokens: u64,
    requests: u64,
}

/// What the headers say of a deployment's quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) limit_requests: u64,
    pub(crate) limit_tokens: u64,
    pub(crate) remaining_requests: u64,
    pub(crate) remaining_tokens: u64,
    /// Seconds until the window ends.
    pub(crate) reset: u64,
}

/// Which limit a request met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    Tokens,
    Requests,
}

impl Usage {
    /// Takes a request that is charged so many tokens, at a moment in seconds, or says which limit it met. What is
    /// refused is not counted.
    pub(crate) fn admit(&mut self, quota: Quota, tokens: u64, now: u64) -> Result<Rates, (Exceeded, Rates)> {
        if self.requests == 0 || now >= self.began.saturating_add(WINDOW) || now < self.began {
            *self = Self { began: now, tokens: 0, requests: 0 };
        }
        let refused = if self.requests >= quota.requests_per_minute {
            Some(Exceeded::Requests)
        } else {
            (self.tokens.saturating_add(tokens) > quota.tokens_per_minute).then_some(Exceeded::Tokens)
        };
        if let Some(limit) = refused {
            return Err((limit, self.rates(quota, now)));
        }
        self.requests += 1;
        self.tokens = self.tokens.saturating_add(tokens);
        Ok(self.rates(quota, now))
    }

    /// Puts what was really used in the place of the estimate.
    pub(crate) fn correct(&mut self, estimate: u64, used: u64) {
        self.tokens = self.tokens.saturating_sub(estimate).saturating_add(used);
    }

    fn rates(&self, quota: Quota, now: u64) -> Rates {
        Rates {
            limit_requests: quota.requests_per_minute,
            limit_tokens: quota.tokens_per_minute,
            remaining_requests: quota.requests_per_minute.saturating_sub(self.requests),
            remaining_tokens: quota.tokens_per_minute.saturating_sub(self.tokens),
            reset: self.began.saturating_add(WINDOW).saturating_sub(now).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { tokens_per_minute: 100, requests_per_minute: 3 };

    #[test]
    fn a_window_gives_what_it_has_and_the_next_one_starts_anew() {
        let mut usage = Usage::default();
        assert_eq!(usage.admit(QUOTA, 60, 1000).map(|rates| rates.remaining_tokens), Ok(40));
        let (limit, rates) = usage.admit(QUOTA, 41, 1010).expect_err("too many tokens");
        assert_eq!((limit, rates.reset), (Exceeded::Tokens, 50));
        usage.correct(60, 20);
        assert_eq!(usage.admit(QUOTA, 41, 1010).map(|rates| rates.remaining_requests), Ok(1));
        assert!(usage.admit(QUOTA, 1, 1011).is_ok());
        let (limit, _) = usage.admit(QUOTA, 1, 1012).expect_err("too many requests");
        assert_eq!(limit, Exceeded::Requests);
        assert_eq!(usage.admit(QUOTA, 1, 1060).map(|rates| rates.remaining_requests), Ok(2));
    }
}
