//! `belay list`, `tree`, `outdated` and `search`.

use std::sync::Arc;

use belay_pkgmgr::{
    Config, Dependency, Group, IndexEntry, Lock, LockedDependency, LockedPackage, ProjectError,
};
use serde_json::{Value, json};

use super::operation::{operate, project, settings};
use crate::args::{List, Outdated, PackageTree, Search};
use crate::context::Context;
use crate::{Error, text};

/// Lists the dependencies.
pub(crate) fn list(args: &List, context: &Context) -> Result<u8, Error> {
    let project = project(context)?;
    let config = project.config().map_err(Error::Project)?;
    let lock = project.lock().map_err(Error::Project)?;
    let dependencies: Vec<_> = config
        .dependencies()
        .map(|(group, dependency)| Listed::new(group, dependency, lock.as_ref()))
        .collect();
    let headings = ["NAME", "VERSION", "GROUP", "SOURCE"];
    let printer = &context.printer;
    printer.list(
        args.json,
        &dependencies,
        Listed::as_json,
        headings,
        Listed::row,
    )?;
    if dependencies.is_empty() {
        context
            .printer
            .note("the project has no dependencies; belay add NAME adds one");
    }
    Ok(0)
}

/// A dependency and what it was resolved to.
struct Listed<'p> {
    group: &'p Group,
    dependency: &'p Dependency,
    locked: Option<&'p LockedDependency>,
}

impl<'p> Listed<'p> {
    fn new(group: &'p Group, dependency: &'p Dependency, lock: Option<&'p Lock>) -> Self {
        Self {
            group,
            dependency,
            locked: lock.and_then(|lock| lock.get(&group.name, dependency.name.as_str())),
        }
    }

    /// The first of the packages that it asks for itself.
    fn own(&self) -> Option<&'p LockedPackage> {
        self.locked?.own().next()
    }

    fn version(&self) -> String {
        match self.own() {
            Some(package) => package.shown_version().unwrap_or_default(),
            None if self.dependency.develops() => "develop".to_owned(),
            None if self.locked.is_none() => "not locked".to_owned(),
            None => String::new(),
        }
    }

    fn row(&self) -> [String; 4] {
        let sources = self.dependency.sources.iter();
        let sources: Vec<_> = sources.map(|source| source.uri.as_str()).collect();
        [
            self.dependency.name.to_string(),
            self.version(),
            self.group.name.clone(),
            sources.join(" "),
        ]
    }

    fn as_json(&self) -> Value {
        let sources = self.dependency.sources.iter().map(|source| {
            json!({
                "uri": source.uri,
                "develop": source.develop,
                "rename_to_init": source.rename_to_init,
            })
        });
        let own = self.own();
        json!({
            "name": self.dependency.name.as_str(),
            "group": self.group.name,
            "optional": self.group.optional,
            "version": own.and_then(|package| package.version.as_ref()),
            "commit": own.and_then(|package| package.commit.as_ref()),
            "locked": self.locked.is_some(),
            "sources": sources.collect::<Value>(),
        })
    }
}

/// Shows what the dependencies need, and what that needs.
pub(crate) fn tree(args: &PackageTree, context: &Context) -> Result<u8, Error> {
    let project = project(context)?;
    let config = project.config().map_err(Error::Project)?;
    let lock = project.lock().map_err(Error::Project)?;
    let mut groups = Vec::new();
    for group in &config.groups {
        let dependencies = group.dependencies.iter();
        let nodes: Vec<Node> = dependencies
            .map(|dependency| node(&Listed::new(group, dependency, lock.as_ref())))
            .collect();
        if !nodes.is_empty() {
            groups.push((group, nodes));
        }
    }
    if args.json {
        let groups = groups.iter().map(|(group, nodes)| {
            json!({
                "group": group.name,
                "optional": group.optional,
                "dependencies": nodes.iter().map(Node::as_json).collect::<Value>(),
            })
        });
        context
            .printer
            .line(&groups.collect::<Value>().to_string())?;
    } else {
        for (group, nodes) in &groups {
            let optional = if group.optional { " (optional)" } else { "" };
            let mut lines = vec![format!("{}{optional}", group.name)];
            draw(nodes, "", &mut lines);
            context.printer.line(&text::escape(&lines.join("\n")))?;
        }
    }
    Ok(0)
}

/// A package in the tree.
struct Node {
    name: String,
    version: String,
    needs: Vec<Node>,
}

impl Node {
    fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "version": Some(&self.version).filter(|version| !version.is_empty()),
            "needs": self.needs.iter().map(Node::as_json).collect::<Value>(),
        })
    }
}

/// What a dependency's own packages need hangs on the dependency.
fn node(listed: &Listed<'_>) -> Node {
    let mut needs = Vec::new();
    if let Some(locked) = listed.locked {
        for package in locked.own() {
            needs.extend(below(package, locked, locked.packages.len()));
        }
    }
    Node {
        name: listed.dependency.name.to_string(),
        version: listed.version(),
        needs,
    }
}

/// What a package needs. A lock file that somebody wrote may have circles, so it goes no deeper than
/// there are packages.
fn below(package: &LockedPackage, locked: &LockedDependency, depth: usize) -> Vec<Node> {
    let needs = package.needs.iter().map(|source| {
        let found = locked.packages.iter().find(|each| each.source == *source);
        Node {
            name: source.to_string(),
            version: found
                .and_then(LockedPackage::shown_version)
                .unwrap_or_default(),
            needs: match (found, depth.checked_sub(1)) {
                (Some(found), Some(depth)) if depth > 0 => below(found, locked, depth),
                _ => Vec::new(),
            },
        }
    });
    needs.collect()
}

fn draw(nodes: &[Node], indent: &str, lines: &mut Vec<String>) {
    for (index, node) in nodes.iter().enumerate() {
        let (branch, beam) = if index + 1 == nodes.len() {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        let line = format!("{indent}{branch}{} {}", node.name, node.version);
        lines.push(line.trim_end().to_owned());
        draw(&node.needs, &format!("{indent}{beam}"), lines);
    }
}

/// Lists the dependencies of which there is something newer.
pub(crate) fn outdated(args: &Outdated, context: &Context) -> Result<u8, Error> {
    let (project, settings) = (project(context)?, settings(&args.network)?);
    let outdated = operate(context, |events| project.outdated(&settings, events))?;
    let as_json = |each: &belay_pkgmgr::Outdated| {
        json!({
            "name": each.name.as_str(),
            "group": each.group,
            "current": each.current,
            "allowed": each.allowed,
            "latest": each.latest,
        })
    };
    let headings = ["NAME", "CURRENT", "ALLOWED", "LATEST", "GROUP"];
    let row = |each: &belay_pkgmgr::Outdated| {
        let current = each.current.clone().unwrap_or_default();
        let allowed = each.allowed.clone().unwrap_or_else(|| current.clone());
        let (name, latest, group) = (each.name.to_string(), &each.latest, &each.group);
        [name, current, allowed, latest.clone(), group.clone()]
    };
    context
        .printer
        .list(args.json, &outdated, as_json, headings, row)?;
    if outdated.is_empty() && !args.json {
        context
            .printer
            .note("everything that is locked is the newest");
    }
    Ok(0)
}

/// Lists packages of the project's indices; outside of a project, of the usual one.
pub(crate) fn search(args: &Search, context: &Context) -> Result<u8, Error> {
    let config = match project(context) {
        Ok(project) => project.config().map_err(Error::Project)?,
        Err(Error::Project(ProjectError::NoProject { .. })) => Arc::<Config>::default(),
        Err(error) => return Err(error),
    };
    let settings = settings(&args.network)?;
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let found = operate(context, |events| {
        belay_pkgmgr::search(&settings, &config, &words, events)
    })?;
    let format = &config.mpy_version;
    let as_json = |each: &IndexEntry| {
        let versions = each.versions_in(format);
        json!({
            "name": each.name,
            "description": each.description,
            "author": each.author,
            "license": each.license,
            "versions": versions.iter().map(|v| Value::from(v.to_string())).collect::<Value>(),
            "index": each.index,
        })
    };
    let row = |each: &IndexEntry| {
        let newest = each.versions_in(format).iter().max();
        let newest = newest.map(ToString::to_string).unwrap_or_default();
        [each.name.clone(), newest, each.description.clone()]
    };
    let headings = ["NAME", "VERSION", "DESCRIPTION"];
    context
        .printer
        .list(args.json, &found, as_json, headings, row)?;
    if found.is_empty() {
        let words = words.join(" ");
        context.printer.note(&format!("no package has {words:?}"));
    }
    Ok(0)
}
