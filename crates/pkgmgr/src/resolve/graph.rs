//! Which packages there are, and which need which.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Home, Pins, Wanted, parallel};
use crate::error::FetchError;
use crate::error::{Chain, ProjectError};
use crate::event::{Event, EventSender, Events};
use crate::fetch::{Fetcher, Package};
use crate::source::Source;
use crate::version::{Requirement, Version};

/// How often the walk begins again, at most.
const MAX_ROUNDS: usize = 100;

/// A package that takes part.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) source: Source,
    pub(super) package: Arc<Package>,
    pub(super) version: Option<String>,
    /// The keys of what it needs.
    pub(super) needs: Vec<String>,
    /// The shortest chain that leads to it.
    pub(super) chain: Chain,
}

/// The packages by their keys: canonical URIs, without the wished version for those of the index.
#[derive(Debug)]
pub(super) struct Graph {
    nodes: BTreeMap<String, Node>,
}

/// Someone who needs a package.
struct Need {
    source: Source,
    chain: Chain,
}

impl Graph {
    /// Finds all packages that are needed.
    pub(super) fn build(
        fetcher: &Fetcher,
        wanted: &[Wanted],
        pins: &Pins,
        events: Events<'_>,
    ) -> Result<Self, ProjectError> {
        let mut builder = Builder {
            fetcher,
            pins,
            choices: HashMap::new(),
            described: HashMap::new(),
        };
        for _ in 0..MAX_ROUNDS {
            let (graph, wishes) = builder.walk(wanted, events)?;
            if builder.settle(&graph, &wishes)? {
                graph.refuse_cycles(wanted)?;
                return Ok(graph);
            }
        }
        Err(ProjectError::Unsettled { rounds: MAX_ROUNDS })
    }

    pub(super) fn node(&self, key: &str) -> Option<&Node> {
        self.nodes.get(key)
    }

    /// All packages with their keys.
    pub(super) fn packages(&self) -> Vec<(&str, &Node)> {
        self.nodes
            .iter()
            .map(|(key, node)| (key.as_str(), node))
            .collect()
    }

    /// The keys of what a dependency needs, itself first, and who asks for each.
    pub(super) fn reachable(&self, wanted: &Wanted) -> Vec<(String, Home)> {
        let mut found: Vec<(String, Home)> = Vec::new();
        let mut seen = HashSet::new();
        for requested in wanted.sources() {
            let home = Home::Dependency {
                name: wanted.name.clone(),
                rename_to_init: requested.rename_to_init,
            };
            let key = key_of(&requested.source);
            if seen.insert(key.clone()) {
                found.push((key, home));
            }
        }
        let mut next = 0;
        while let Some((key, _)) = found.get(next) {
            let needs = self.nodes.get(key).map(|node| node.needs.clone());
            for key in needs.into_iter().flatten() {
                if seen.insert(key.clone()) {
                    let node = self.nodes.get(&key);
                    let name = node.and_then(|node| node.source.natural_name());
                    found.push((key, Home::Package(name)));
                }
            }
            next += 1;
        }
        found
    }

    fn refuse_cycles(&self, wanted: &[Wanted]) -> Result<(), ProjectError> {
        let mut done = HashSet::new();
        for requested in wanted.iter().flat_map(Wanted::sources) {
            // Each frame is a package and which of its needs comes next.
            let mut path: Vec<(String, usize)> = vec![(key_of(&requested.source), 0)];
            while let Some((key, next)) = path.last_mut() {
                let need = self
                    .nodes
                    .get(key.as_str())
                    .and_then(|node| node.needs.get(*next));
                *next += 1;
                let Some(need) = need else {
                    done.insert(key.clone());
                    path.pop();
                    continue;
                };
                if let Some(start) = path.iter().position(|(key, _)| key == need) {
                    let mut chain: Vec<String> =
                        path[start..].iter().map(|(key, _)| key.clone()).collect();
                    chain.push(need.clone());
                    return Err(ProjectError::Cycle {
                        chain: Chain(chain),
                    });
                }
                if !done.contains(need) {
                    path.push((need.clone(), 0));
                }
            }
        }
        Ok(())
    }
}

/// What a package is known by. For the index it is the name.
fn key_of(source: &Source) -> String {
    source.package().to_string()
}

/// What is asked of each package of the index, and by whom.
type Wishes = BTreeMap<String, Vec<(Requirement, Chain)>>;

struct Builder<'a> {
    fetcher: &'a Fetcher,
    pins: &'a Pins,
    /// The versions that were chosen, by the package's name.
    choices: HashMap<String, Version>,
    /// What was fetched so far, by key and version.
    described: HashMap<(String, Option<String>), Arc<Package>>,
}

impl Builder<'_> {
    /// Walks the graph with the choices so far.
    fn walk(
        &mut self,
        wanted: &[Wanted],
        events: Events<'_>,
    ) -> Result<(Graph, Wishes), ProjectError> {
        let mut graph = Graph {
            nodes: BTreeMap::new(),
        };
        let mut wishes = Wishes::new();
        let mut level: Vec<Need> = wanted
            .iter()
            .flat_map(|wanted| wanted.sources().map(move |requested| (wanted, requested)))
            .map(|(wanted, requested)| Need {
                source: requested.source.clone(),
                chain: Chain(vec![wanted.name.to_string()]),
            })
            .collect();
        while !level.is_empty() {
            let mut seen = BTreeSet::new();
            let mut fresh: Vec<Need> = Vec::new();
            for need in level {
                if let Source::Index { name, requirement } = &need.source {
                    let wish = (requirement.clone(), need.chain.clone());
                    wishes.entry(name.clone()).or_default().push(wish);
                }
                let key = key_of(&need.source);
                if !graph.nodes.contains_key(&key) && seen.insert(key) {
                    fresh.push(need);
                }
            }
            let this = &*self;
            let cancel = self.fetcher.cancel();
            let described = parallel(&fresh, cancel, events, |need, events| {
                this.describe(need, &this.fetcher.reporting(events), events)
            });
            let described = described.ok_or(ProjectError::Interrupted)?;
            let mut next = Vec::new();
            for (need, described) in fresh.into_iter().zip(described) {
                let (choice, package) = described.map_err(|source| ProjectError::Package {
                    chain: need.chain.clone(),
                    source: Box::new(source),
                })?;
                let key = key_of(&need.source);
                let text = choice.as_ref().map(ToString::to_string);
                if let (Source::Index { name, .. }, Some(choice)) = (&need.source, choice) {
                    self.choices.insert(name.clone(), choice);
                }
                self.described
                    .insert((key.clone(), text.clone()), Arc::clone(&package));
                for source in &package.needs {
                    let mut chain = need.chain.clone();
                    chain.0.push(source.to_string());
                    next.push(Need {
                        source: source.clone(),
                        chain,
                    });
                }
                let node = Node {
                    version: package.version.clone().or(text),
                    needs: package.needs.iter().map(key_of).collect(),
                    source: need.source,
                    chain: need.chain,
                    package,
                };
                graph.nodes.insert(key, node);
            }
            level = next;
        }
        Ok((graph, wishes))
    }

    /// Chooses a version, for a package that has versions, and gets its description. No version
    /// means the latest.
    fn describe(
        &self,
        need: &Need,
        fetcher: &Fetcher,
        events: &EventSender,
    ) -> Result<(Option<Version>, Arc<Package>), FetchError> {
        let key = key_of(&need.source);
        let mut source = need.source.clone();
        let choice = match &mut source {
            Source::Index { name, requirement } => {
                let choice = self.choose(name, requirement, fetcher)?;
                if let Some(version) = &choice {
                    *requirement = Requirement::exact(version.clone());
                } else {
                    *requirement = Requirement::any();
                }
                choice
            }
            _ => None,
        };
        let text = choice.as_ref().map(ToString::to_string);
        if let Some(package) = self.described.get(&(key.clone(), text)) {
            return Ok((choice, Arc::clone(package)));
        }
        events.send(Event::Resolving {
            package: source.to_string(),
        });
        let commit = self.pins.commits.get(&key).map(String::as_str);
        let package = fetcher.describe(&source, commit)?;
        Ok((choice, Arc::new(package)))
    }

    fn choose(
        &self,
        name: &str,
        requirement: &Requirement,
        fetcher: &Fetcher,
    ) -> Result<Option<Version>, FetchError> {
        if let Some(choice) = self.choices.get(name) {
            return Ok(Some(choice.clone()));
        }
        if let Some(pinned) = self.pins.versions.get(name)
            && requirement.matches(pinned)
        {
            return Ok(Some(pinned.clone()));
        }
        if requirement.is_any() {
            return Ok(None);
        }
        if let Some(version) = requirement.exact_version() {
            return Ok(Some(version.clone()));
        }
        let index = fetcher.index();
        let known = index.versions(fetcher, name)?;
        match requirement.choose(&known) {
            Some(version) => Ok(Some(version.clone())),
            None if known.is_empty() => Err(index.no_package(fetcher, name)),
            None => Err(index.no_version(name, requirement, &known)),
        }
    }

    /// Whether every package has a version that suits all; otherwise other ones are chosen.
    fn settle(&mut self, graph: &Graph, wishes: &Wishes) -> Result<bool, ProjectError> {
        let mut settled = true;
        for (name, wishes) in wishes {
            let all = wishes
                .iter()
                .fold(Requirement::any(), |all, (wish, _)| all.and(wish));
            let source = Source::Index {
                name: name.clone(),
                requirement: Requirement::any(),
            };
            let version = graph
                .node(&key_of(&source))
                .and_then(|node| node.version.as_deref());
            let version = version.and_then(Version::new);
            let suits = version.is_some_and(|version| all.matches(&version));
            if all.is_any() || suits {
                continue;
            }
            let chain = wishes
                .first()
                .map_or(Chain(Vec::new()), |(_, chain)| chain.clone());
            let known = self
                .fetcher
                .index()
                .versions(self.fetcher, name)
                .map_err(|source| ProjectError::Package {
                    chain,
                    source: Box::new(source),
                })?;
            let Some(choice) = all.choose(&known) else {
                return Err(ProjectError::Conflict {
                    package: name.clone(),
                    wishes: wishes
                        .iter()
                        .map(|(wish, chain)| (wish.to_string(), chain.clone()))
                        .collect(),
                    known: known.iter().map(ToString::to_string).collect(),
                });
            };
            // The same again: its description names another version, and there is no better one.
            if self.choices.insert(name.clone(), choice.clone()).as_ref() != Some(choice) {
                settled = false;
            }
        }
        Ok(settled)
    }
}
