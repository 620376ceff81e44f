//! One function for each command, which returns an exit status.

mod circuitpython;
mod completions;
mod devices;
mod eval;
mod exec;
mod fs;
mod info;
mod install;
mod latency;
mod minify;
mod mount;
mod packages;
mod reset;
mod run;
mod select;
#[cfg(all(unix, feature = "sim"))]
mod sim;
mod sync;
mod terminal;
mod test;

use crate::Error;
use crate::args::{Cli, Command};
use crate::context::Context;

/// Does what the command line says.
pub(crate) fn dispatch(cli: &Cli, context: &Context) -> Result<u8, Error> {
    match &cli.command {
        Command::Devices(args) => devices::devices(args, context),
        Command::Select(args) => select::select(args, context),
        Command::Info(args) => info::info(args, context),
        Command::Exec(args) => exec::exec(args, context),
        Command::Eval(args) => eval::eval(args, context),
        Command::Run(args) => run::run(args, context),
        Command::Sync(args) => sync::sync(args, context),
        Command::Fs(args) => fs::fs(args, context),
        Command::New(args) => packages::new(args, context),
        Command::Init(args) => packages::init(args, context),
        Command::Add(args) => packages::add(args, context),
        Command::Remove(args) => packages::remove(args, context),
        Command::Update(args) => packages::update(args, context),
        Command::Lock(args) => packages::lock(args, context),
        Command::List(args) => packages::list(args, context),
        Command::Tree(args) => packages::tree(args, context),
        Command::Outdated(args) => packages::outdated(args, context),
        Command::Search(args) => packages::search(args, context),
        Command::Clean(args) => packages::clean(args, context),
        Command::Cache(args) => packages::cache(args, context),
        Command::Install(args) => install::install(args, context),
        Command::Test(args) => test::test(args, context),
        Command::Latency(args) => latency::latency(args, context),
        Command::Terminal(args) => terminal::terminal(args, context),
        Command::Mount(args) => mount::mount(args, context),
        Command::Minify(args) => minify::minify(args, context),
        Command::Reset(args) => reset::reset(args, context),
        Command::CircuitPython(args) => circuitpython::circuitpython(args, context),
        #[cfg(all(unix, feature = "sim"))]
        Command::Sim(args) => sim::sim(args, context),
        Command::Completions(args) => completions::completions(args, context),
        Command::Version => {
            let version = env!("CARGO_PKG_VERSION");
            context
                .printer
                .line(&format!("belay {version}"))
                .map(|()| 0)
        }
        Command::Man(args) => completions::man(args, context),
    }
}
