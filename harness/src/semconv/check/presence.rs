//! Which attributes of the registry a span has.

/// A table that is emptied without touching it.
pub(super) struct Presence {
    entries: Vec<(u64, usize)>,
    round: u64,
}

impl Presence {
    pub(super) fn new(slots: usize) -> Self {
        Self { entries: vec![(0, 0); slots], round: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.round += 1;
    }

    pub(super) fn set(&mut self, slot: usize, index: usize) {
        self.entries[slot] = (self.round, index);
    }

    /// The attribute's place on the span.
    pub(super) fn get(&self, slot: usize) -> Option<usize> {
        let (round, index) = self.entries[slot];
        (round == self.round).then_some(index)
    }
}
