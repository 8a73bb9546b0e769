//! Where in a scenario something stands.

use std::fmt;

/// The keys and numbers that lead from the top of a scenario to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place(Vec<Step>);

/// One step down into a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the key of a table.
    Key(String),
    /// Into the element of a list, counted from 0.
    Index(usize),
}

impl Place {
    /// The whole scenario.
    pub(crate) fn top() -> Self {
        Place::default()
    }

    /// The place under a key of this table.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// The place of an element of this list.
    pub(crate) fn at(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The steps from the top.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Place(steps)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            if depth > 0 {
                f.write_str(".")?;
            }
            match step {
                Step::Key(key) => f.write_str(key)?,
                Step::Index(index) => index.fmt(f)?,
            }
        }
        Ok(())
    }
}
