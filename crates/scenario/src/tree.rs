//! The parsed text of a scenario. Every value has a path and a location.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::path::{KeyPath, PathStep};
use crate::phrases::quoted_where_needed;
use crate::picture::{LocatedProblem, LocatedProblems};
use crate::problem::{Problem, Problems};
use crate::text::Location;

/// The values of a file after its overrides were applied.
///
/// Spans in the tree are bytes of the file, except below the paths that overrides have set. [`TomlTree::locate`]
/// distinguishes the two.
#[derive(Debug)]
pub(crate) struct TomlTree<'s> {
    root: DeTable<'s>,
    /// The outermost path that each override has set, with the number of the override. For a value below several of these
    /// paths, the innermost counts.
    overridden: Vec<(KeyPath, usize)>,
    /// The values that overrides have replaced, in the order of the overrides.
    replaced: Vec<ReplacedValue<'s>>,
}

/// A table or list that an override has replaced.
#[derive(Clone, Debug)]
pub(crate) struct ReplacedValue<'s> {
    /// The path of the value that the override has set.
    pub(crate) path: KeyPath,
    /// The earlier value at this path, or the first element of a list if the override has appended an element to it.
    pub(crate) earlier: DeValue<'s>,
    /// True if the override has appended an element.
    pub(crate) is_appended: bool,
}

impl<'s> TomlTree<'s> {
    /// Parses the text of a file as TOML.
    pub(crate) fn parse(text: &'s str) -> Result<Self, LocatedProblem> {
        let root = DeTable::parse(text).map_err(|error| {
            let located = locate_in_file(&error);
            LocatedProblem { title: format!("not valid TOML: {}", located.title), ..located }
        })?;
        Ok(TomlTree { root: root.into_inner(), overridden: Vec::new(), replaced: Vec::new() })
    }

    /// Makes a tree without values, for text that cannot be parsed.
    pub(crate) fn empty() -> Self {
        TomlTree { root: DeTable::new(), overridden: Vec::new(), replaced: Vec::new() }
    }

    /// The table of all values.
    pub(crate) fn root(&self) -> &DeTable<'s> {
        &self.root
    }

    /// The table of all values, for an override to change. Then call [`TomlTree::set_override`] with the path that has
    /// changed.
    pub(crate) fn root_mut(&mut self) -> &mut DeTable<'s> {
        &mut self.root
    }

    /// Records that all values at a path and below it now come from an override.
    pub(crate) fn set_override(&mut self, path: KeyPath, number: usize) {
        self.overridden.retain(|(earlier, _)| !earlier.is_within(&path));
        self.overridden.push((path, number));
    }

    /// Records a table or list that an override has replaced.
    pub(crate) fn add_replaced(&mut self, replaced: ReplacedValue<'s>) {
        self.replaced.push(replaced);
    }

    /// The tables and lists that overrides have replaced, in the order of the overrides.
    pub(crate) fn replaced(&self) -> &[ReplacedValue<'s>] {
        &self.replaced
    }

    /// Makes a deserializer for the whole tree.
    pub(crate) fn deserializer(&self) -> toml::de::Deserializer<'s> {
        Spanned::new(0..0, self.root.clone()).into()
    }

    /// Locates an error of the deserializer. The error has no path, so it cannot be assigned to an override here.
    pub(crate) fn locate_error(&self, error: &toml::de::Error) -> LocatedProblem {
        match self.overridden.as_slice() {
            [] => locate_in_file(error),
            _ => LocatedProblem { location: Location::File(0..0), ..locate_in_file(error) },
        }
    }

    /// Locates problems and sorts them by their place in the file. Problems of overrides come last.
    pub(crate) fn locate_all(&self, problems: Problems) -> LocatedProblems {
        let count = problems.count();
        let mut located: Vec<_> = problems.into_kept().into_iter().map(|problem| self.locate(problem)).collect();
        located.sort_by_key(|problem| match &problem.location {
            Location::File(span) => span.start,
            Location::Overrides(_) => usize::MAX,
        });
        LocatedProblems { first: located, count }
    }

    /// Locates a problem at its value. If the tree does not have the value, locates it at the table or list around it.
    pub(crate) fn locate(&self, problem: Problem) -> LocatedProblem {
        let (location, path_in_words) = self.look_up(&problem.path, problem.key.as_deref());
        let title = match path_in_words.as_str() {
            "" => problem.message,
            words => format!("{words}: {}", problem.message),
        };
        LocatedProblem { path: problem.path, location, title, help: problem.help, allowed: problem.allowed }
    }

    /// Finds the location of the innermost value of a path, or of a key of the table there. Also returns the path as an
    /// override would write it.
    fn look_up(&self, path: &KeyPath, key: Option<&str>) -> (Location, String) {
        let mut span = 0..0;
        let mut words = Vec::new();
        let mut table = Some(&self.root);
        let mut list: Option<&DeArray<'_>> = None;
        for step in path.steps() {
            let value = match step {
                PathStep::Key(key) => table.and_then(|table| table.get(key.as_str())),
                PathStep::Index(index) => list.and_then(|list| list.get(*index)),
            };
            words.push(match step {
                PathStep::Key(key) => quoted_where_needed(key),
                PathStep::Index(index) => match list.and_then(|list| element_name(list, *index)) {
                    Some(name) => quoted_where_needed(name),
                    None => index.to_string(),
                },
            });
            if let Some(value) = value {
                span = value.span();
            }
            table = value.and_then(|value| value.get_ref().as_table());
            list = value.and_then(|value| value.get_ref().as_array());
        }
        if let Some((key, _)) = key.and_then(|key| table?.get_key_value(key)) {
            span = key.span();
        }
        let whole_path = key.map_or_else(|| path.clone(), |key| path.key(key));
        let overridden = self.overridden.iter().filter(|(outer, _)| whole_path.is_within(outer));
        let location = match overridden.max_by_key(|(outer, _)| outer.steps().len()) {
            Some(&(_, number)) => Location::Overrides(vec![number]),
            None => Location::File(span),
        };
        (location, words.join("."))
    }
}

/// The value at a path below a table.
pub(crate) fn value_at<'d, 's>(root: &'d DeTable<'s>, path: &KeyPath) -> Option<&'d DeValue<'s>> {
    let (first, rest) = path.steps().split_first()?;
    let PathStep::Key(first) = first else { return None };
    let first = root.get(first.as_str())?.get_ref();
    rest.iter().try_fold(first, |value, step| match step {
        PathStep::Key(key) => Some(value.as_table()?.get(key.as_str())?.get_ref()),
        PathStep::Index(index) => Some(value.as_array()?.get(*index)?.get_ref()),
    })
}

/// The `name` of an element of a list of tables, or its `domain` if it has no name. None if another element has the same.
pub(crate) fn element_name<'d>(list: &'d DeArray<'_>, index: usize) -> Option<&'d str> {
    let name = |element: &'d Spanned<DeValue<'_>>| {
        let table = element.get_ref().as_table()?;
        let name = table.get("name").or_else(|| table.get("domain"))?;
        name.get_ref().as_str()
    };
    let found = name(list.get(index)?)?;
    let is_only = list.iter().filter(|&element| name(element) == Some(found)).count() == 1;
    is_only.then_some(found)
}

/// Locates an error of the parser, or of a deserializer without overrides.
fn locate_in_file(error: &toml::de::Error) -> LocatedProblem {
    let location = Location::File(error.span().unwrap_or_default());
    LocatedProblem { path: KeyPath::top(), location, title: error.message().into(), help: None, allowed: None }
}
