//! The modules of a crate with their definitions, `use` declarations and paths.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{is_word, tokens};

/// The path of a module in its crate: the names from the root to it.
pub type ModulePath = Vec<String>;

/// The modules of one crate.
pub struct Modules {
    /// Every module by its path. The path of the root is empty.
    modules: BTreeMap<ModulePath, Module>,
}

struct Module {
    /// Its file, from the root of the repository.
    file: String,
    /// The identifiers of the code, without `use` declarations and paths.
    words: Vec<String>,
    /// Names of the items that the file defines at its top level.
    defined: BTreeSet<String>,
    /// The `use` declarations.
    imports: Vec<Import>,
    /// Paths outside `use` declarations, such as `super::settle::settle`.
    paths: Vec<Vec<String>>,
}

struct Import {
    /// The imported name; none for a glob.
    name: Option<String>,
    path: Vec<String>,
    /// True if it re-exports the name.
    is_public: bool,
}

impl Modules {
    /// Reads the modules of a crate from its files, each with its path from the root of the repository and its text.
    pub fn read<'a>(source: &str, files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut modules = BTreeMap::new();
        for (file, text) in files {
            let inside = file.strip_prefix(source).unwrap().trim_start_matches('/').strip_suffix(".rs").unwrap();
            let mut path: ModulePath = inside.split('/').map(str::to_owned).collect();
            if matches!(path.last().unwrap().as_str(), "lib" | "main" | "mod") {
                path.pop();
            }
            if path.last().is_none_or(|name| name != "tests") && !path.contains(&"tests".to_owned()) {
                modules.insert(path, Module::read(file, text));
            }
        }
        Modules { modules }
    }

    /// The file of a module, for messages.
    pub fn file(&self, module: &ModulePath) -> &str {
        &self.modules[module].file
    }

    /// The modules that each module uses, with one item of each.
    pub fn uses(&self) -> BTreeMap<ModulePath, BTreeMap<ModulePath, String>> {
        self.modules.keys().map(|module| (module.clone(), self.uses_of(module))).collect()
    }

    fn uses_of(&self, module: &ModulePath) -> BTreeMap<ModulePath, String> {
        let this = &self.modules[module];
        let mut found = BTreeMap::new();
        let mut add = |(target, item): (ModulePath, String)| {
            if target != *module {
                found.entry(target).or_insert(item);
            }
        };
        for path in &this.paths {
            self.resolve(module, path).map(&mut add);
        }
        for import in &this.imports {
            match &import.name {
                Some(name) => {
                    // A re-export of an item of a child does not count as a use.
                    let is_used =
                        |target: &ModulePath| !import.is_public || !target.starts_with(module) || this.words_name(name);
                    self.resolve(module, &import.path).filter(|(target, _)| is_used(target)).map(&mut add);
                }
                None => {
                    let Some((target, _)) = self.resolve(module, &import.path) else { continue };
                    let names = self.names(&target, &mut BTreeSet::new());
                    for name in names.into_iter().filter(|name| this.words_name(name)) {
                        let path: Vec<String> = [&import.path[..], &[name]].concat();
                        self.resolve(module, &path).map(&mut add);
                    }
                }
            }
        }
        found
    }

    /// The module that defines the item of a path, and the name of the item. None if the path leaves the crate.
    fn resolve(&self, from: &ModulePath, path: &[String]) -> Option<(ModulePath, String)> {
        self.resolve_within(from, path, &mut BTreeSet::new())
    }

    fn resolve_within(
        &self,
        from: &ModulePath,
        path: &[String],
        seen: &mut BTreeSet<(ModulePath, String)>,
    ) -> Option<(ModulePath, String)> {
        let mut at = from.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => drop(at.pop()?),
            first if self.modules.contains_key(&[&from[..], &[first.to_owned()]].concat()) => at.push(first.to_owned()),
            _ => return None,
        }
        rest = &rest[1..];
        while let Some(name) = rest.first() {
            if name == "super" {
                at.pop()?;
            } else if self.modules.contains_key(&[&at[..], std::slice::from_ref(name)].concat()) {
                at.push(name.clone());
            } else {
                break;
            }
            rest = &rest[1..];
        }
        let Some(name) = rest.first() else { return Some((at, "the module".to_owned())) };
        if !seen.insert((at.clone(), name.clone())) {
            return None;
        }
        let module = &self.modules[&at];
        if module.defined.contains(name) {
            return Some((at, name.clone()));
        }
        let named = module.imports.iter().find(|import| import.name.as_ref() == Some(name));
        if let Some(import) = named {
            return self.resolve_within(&at, &import.path, seen);
        }
        let globs = module.imports.iter().filter(|import| import.name.is_none());
        let through = |import: &Import| {
            let path: Vec<String> = [&import.path[..], &rest[..1]].concat();
            self.resolve_within(&at, &path, &mut seen.clone()).filter(|(target, _)| *target != at)
        };
        globs.map(through).find(Option::is_some).flatten().filter(|(target, name)| {
            // A glob of the wrong module gives a name that the module does not define.
            self.modules[target].defined.contains(name)
        })
    }

    /// Every name that a module defines or imports.
    fn names(&self, module: &ModulePath, seen: &mut BTreeSet<ModulePath>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if seen.insert(module.clone()) {
            let this = &self.modules[module];
            names.extend(this.defined.iter().cloned());
            for import in &this.imports {
                match &import.name {
                    Some(name) => drop(names.insert(name.clone())),
                    None => {
                        let target = self.resolve(module, &import.path);
                        names.extend(target.into_iter().flat_map(|(target, _)| self.names(&target, seen)));
                    }
                }
            }
        }
        names
    }
}

impl Module {
    fn read(file: &str, text: &str) -> Self {
        let tokens = tokens(text);
        let mut module = Module {
            file: file.to_owned(),
            words: Vec::new(),
            defined: defined(&tokens),
            imports: Vec::new(),
            paths: Vec::new(),
        };
        let mut at = 0;
        while at < tokens.len() {
            match tokens[at] {
                "use" => {
                    let end = at + tokens[at..].iter().position(|&token| token == ";").unwrap();
                    let is_public = at > 0 && matches!(tokens[at - 1], "pub" | ")");
                    read_imports(&tokens[at + 1..end], &[], is_public, &mut module.imports);
                    at = end;
                }
                token if begins_path(&tokens, at) => {
                    let mut path = vec![token.to_owned()];
                    while tokens.get(at + 1) == Some(&"::") && tokens.get(at + 2).is_some_and(|next| is_name(next)) {
                        path.push(tokens[at + 2].to_owned());
                        at += 2;
                    }
                    module.paths.push(path);
                }
                token if is_name(token) && (at == 0 || !matches!(tokens[at - 1], "." | "::" | "mod")) => {
                    module.words.push(token.to_owned());
                }
                _ => {}
            }
            at += 1;
        }
        // A path may begin with an imported name, such as a module.
        let taken: BTreeMap<&str, &[String]> =
            module.imports.iter().filter_map(|import| Some((import.name.as_deref()?, &import.path[..]))).collect();
        for path in &mut module.paths {
            if let Some(start) = taken.get(path[0].as_str()) {
                *path = [start, &path[1..]].concat();
            }
        }
        module
    }

    /// True if the code contains a name, outside `use` declarations.
    fn words_name(&self, name: &str) -> bool {
        self.words.iter().any(|word| word == name) || self.paths.iter().any(|path| path[0] == name)
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|mark: char| is_word(mark) && !mark.is_ascii_digit())
}

/// True if a path of several names begins at a token.
fn begins_path(tokens: &[&str], at: usize) -> bool {
    is_name(tokens[at])
        && tokens.get(at + 1) == Some(&"::")
        && tokens.get(at + 2).is_some_and(|next| is_name(next))
        && (at == 0 || !matches!(tokens[at - 1], "::" | "."))
}

/// Reads the tree of names after `use`.
fn read_imports(tokens: &[&str], prefix: &[String], is_public: bool, found: &mut Vec<Import>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            "::" => {}
            "{" => {
                // The last brace of this tree closes the group.
                let inner = &tokens[at + 1..tokens.len() - 1];
                let mut depth = 0;
                for part in inner.split(|&token| {
                    depth += i32::from(token == "{") - i32::from(token == "}");
                    token == "," && depth == 0
                }) {
                    read_imports(part, &path, is_public, found);
                }
                return;
            }
            "*" => return found.push(Import { name: None, path, is_public }),
            "as" => {
                let name = tokens[at + 1].to_owned();
                return found.push(Import { name: Some(name), path, is_public });
            }
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    if let Some(name) = path.last().filter(|_| path.len() > prefix.len() || tokens == ["self"]) {
        found.push(Import { name: Some(name.clone()), path, is_public });
    }
}

/// Names of the items at the top level of a file.
fn defined(tokens: &[&str]) -> BTreeSet<String> {
    let plain = items(tokens, &["struct", "enum", "union", "trait", "type", "fn", "const", "static"], 1);
    plain.into_iter().chain(items(tokens, &["macro_rules"], 2)).collect()
}

/// Names of the types that a file defines at its top level.
pub fn types(text: &str) -> Vec<String> {
    items(&tokens(text), &["struct", "enum", "union", "trait", "type"], 1)
}

/// Names of the items of some kinds at the top level. `distance` is the number of tokens from the keyword of a kind to the name.
fn items(tokens: &[&str], kinds: &[&str], distance: usize) -> Vec<String> {
    let mut depth = 0;
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            kind if depth == 0 && kinds.contains(&kind) => {
                found.extend(tokens.get(at + distance).map(|name| (*name).to_owned()));
            }
            _ => {}
        }
    }
    found
}
