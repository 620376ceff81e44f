//! `belay cache`.

use serde_json::{Value, json};

use super::operation::downloads_cache;
use crate::args::{CacheArgs, CacheClear, CacheCommand};
use crate::context::Context;
use crate::{Error, text};

/// Shows and clears what was downloaded.
pub(crate) fn cache(args: &CacheArgs, context: &Context) -> Result<u8, Error> {
    let cache = downloads_cache()?;
    let printer = &context.printer;
    match &args.command {
        CacheCommand::Info(args) => {
            let info = cache.info().map_err(Error::Cache)?;
            let location = info.location.display().to_string();
            if args.json {
                let (elements, bytes) = (info.items, info.bytes);
                let object = json!({ "location": location, "elements": elements, "bytes": bytes });
                printer.line(&object.to_string())?;
            } else {
                printer.line(&format!("Location: {}", text::escape(&location)))?;
                printer.line(&format!("Elements: {}", info.items))?;
                printer.line(&format!("Total size: {}", text::size(info.bytes)))?;
            }
        }
        CacheCommand::List(args) => {
            let items = cache.list().map_err(Error::Cache)?;
            if args.json {
                let items = items.iter();
                let items = items.map(|item| json!({ "name": item.name, "bytes": item.bytes }));
                printer.line(&items.collect::<Value>().to_string())?;
            } else {
                for item in items {
                    printer.line(&text::escape(&item.name))?;
                }
            }
        }
        CacheCommand::Clear(args) => clear(args, &cache, context)?,
    }
    Ok(0)
}

fn clear(args: &CacheClear, cache: &belay_pkgmgr::Cache, context: &Context) -> Result<(), Error> {
    let prefix = args.prefix.as_deref().unwrap_or_default();
    if !args.yes {
        let mut names: Vec<String> = Vec::new();
        for item in cache.list().map_err(Error::Cache)? {
            if item.name.starts_with(prefix) {
                names.push(item.name);
            }
        }
        let lines: Vec<_> = names.iter().map(|name| format!("delete {name}")).collect();
        let question = format!("Delete these {} from the cache?", names.len());
        if !names.is_empty() && !context.printer.confirmed(&lines, &question)? {
            return Err(Error::CacheUnconfirmed {
                count: names.len(),
                name: names.swap_remove(0),
            });
        }
    }
    let removed = cache.clear(prefix).map_err(Error::Cache)?;
    let bytes = text::size(removed.iter().map(|item| item.bytes).sum());
    context.printer.note(&match removed.len() {
        0 => "nothing of that is in the cache".to_owned(),
        1 => format!("1 item removed ({bytes})"),
        count => format!("{count} items removed ({bytes})"),
    });
    Ok(())
}
