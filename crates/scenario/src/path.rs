//! Paths to the values of a scenario.

use std::fmt;

/// The path from the top of a scenario to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyPath(Vec<PathStep>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathStep {
    /// Enters a key of a table.
    Key(String),
    /// Enters an element of a list, counted from 0.
    Index(usize),
}

impl KeyPath {
    /// The path to the whole scenario.
    pub(crate) fn top() -> Self {
        KeyPath::default()
    }

    /// The path to a key of the table at this path.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.step(PathStep::Key(key.into()))
    }

    /// The path to an element of the list at this path.
    pub(crate) fn at(&self, index: usize) -> Self {
        self.step(PathStep::Index(index))
    }

    /// The steps from the top.
    pub(crate) fn steps(&self) -> &[PathStep] {
        &self.0
    }

    /// Returns true if this path leads to the value at the other path, or into it.
    pub(crate) fn is_within(&self, outer: &KeyPath) -> bool {
        self.0.starts_with(&outer.0)
    }

    fn step(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        KeyPath(steps)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            if depth > 0 {
                f.write_str(".")?;
            }
            match step {
                PathStep::Key(key) => f.write_str(key)?,
                PathStep::Index(index) => index.fmt(f)?,
            }
        }
        Ok(())
    }
}
