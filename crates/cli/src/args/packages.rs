//! The command lines of the package manager.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `belay new`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_NEW)]
pub struct New {
    /// The folder of the new project
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The name of its package [default: that of the folder, as a Python identifier]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Options of `belay init`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_INIT)]
pub struct Init {
    /// The folder of the project
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// The name of its package [default: that of the folder, as a Python identifier]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Options of `belay add`.
#[derive(Debug, Args)]
#[command(override_usage = "belay add [OPTIONS] [NAME] <URI>", after_help = AFTER_ADD)]
pub struct Add {
    /// What the dependency is called, a Python identifier [default: as its URI suggests]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Where it comes from
    #[arg(value_name = "URI")]
    pub uri: Option<String>,
    /// The group it goes to [default: main]
    #[arg(long, short, value_name = "GROUP")]
    pub group: Option<String>,
    /// Read it afresh at each install; for what lies on this computer
    #[arg(long)]
    pub develop: bool,
    /// Keep the name of a single file, instead of making it the dependency's __init__.py
    #[arg(long)]
    pub no_rename_to_init: bool,
    /// What holds for every operation on a project.
    #[command(flatten)]
    pub network: Network,
}

/// Options of `belay remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// The dependencies
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// The group to remove them from [default: all groups]
    #[arg(long, short, value_name = "GROUP")]
    pub group: Option<String>,
    /// What holds for every operation on a project.
    #[command(flatten)]
    pub network: Network,
}

/// Options of `belay update`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_UPDATE)]
pub struct Update {
    /// The dependencies to update; the others stay as they are [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Change nothing, and fail unless pyproject.toml, belay.lock and the files agree
    #[arg(long, conflicts_with = "names")]
    pub locked: bool,
    /// What holds for every operation on a project.
    #[command(flatten)]
    pub network: Network,
}

/// Options of `belay lock`.
#[derive(Debug, Args)]
pub struct Lock {
    /// What holds for every operation on a project.
    #[command(flatten)]
    pub network: Network,
}

/// Options of `belay tree`.
#[derive(Debug, Args)]
pub struct PackageTree {
    /// Print a JSON array instead of a tree
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay list`.
#[derive(Debug, Args)]
pub struct List {
    /// Print a JSON array instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay outdated`.
#[derive(Debug, Args)]
pub struct Outdated {
    /// Print a JSON array instead of a table
    #[arg(long)]
    pub json: bool,
    /// What holds for every operation on a project.
    #[command(flatten)]
    pub network: Network,
}

/// Options of `belay search`.
#[derive(Debug, Args)]
pub struct Search {
    /// What the name or the description is to hold; all of them; circup:WORD looks in bundles
    #[arg(value_name = "WORD", required = true)]
    pub words: Vec<String>,
    /// Print a JSON array instead of a table
    #[arg(long)]
    pub json: bool,
    /// What holds for every operation on a project.
    #[command(flatten)]
    pub network: Network,
}

/// Options of `belay clean`.
#[derive(Debug, Args)]
pub struct Clean {}

/// Options of `belay cache`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(subcommand_required = true)]
pub struct CacheArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CacheCommand,
}

/// The commands of `belay cache`.
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Show where the cache is and how large
    Info(CacheInfo),
    /// List what the cache holds
    List(CacheList),
    /// Delete what the cache holds
    Clear(CacheClear),
}

/// Options of `belay cache info`.
#[derive(Debug, Args)]
pub struct CacheInfo {
    /// Print a JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay cache list`.
#[derive(Debug, Args)]
pub struct CacheList {
    /// Print a JSON array instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Options of `belay cache clear`.
#[derive(Debug, Args)]
pub struct CacheClear {
    /// How the names of what is to go begin, such as git or git-github
    #[arg(
        value_name = "PREFIX",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub prefix: Option<String>,
    /// Delete everything
    #[arg(long)]
    pub all: bool,
    /// Delete without asking
    #[arg(long, short)]
    pub yes: bool,
}

/// Options of `belay install`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(after_help = AFTER_INSTALL)]
pub struct Install {
    /// The device [default: BELAY_DEVICE, or the only board plugged in]
    pub port: Option<OsString>,
    /// An optional group to install too; several with commas
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub with: Vec<String>,
    /// A script to put at :main.py, which the board runs when it starts
    #[arg(long, value_name = "FILE")]
    pub main: Option<PathBuf>,
    /// A script to run afterwards, without putting it on the board
    #[arg(long, value_name = "FILE")]
    pub run: Option<PathBuf>,
    /// Show what the board prints after its restart, until ctrl-C
    #[arg(long, short, conflicts_with = "run")]
    pub follow: bool,
    /// Send Python files as they are, with comments and docstrings
    #[arg(long)]
    pub no_minify: bool,
    /// Compile Python files with this program
    #[arg(long, value_name = "PATH")]
    pub mpy_cross_binary: Option<PathBuf>,
    /// Fail unless pyproject.toml, belay.lock and the files agree
    #[arg(long)]
    pub locked: bool,
    /// Delete what Belay did not put there, too, in :lib and in the folder of the project's package
    #[arg(long)]
    pub prune: bool,
    /// Show what would be done, and change nothing on the board
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// Print the plan as a JSON object
    #[arg(long)]
    pub json: bool,
    /// Delete without asking
    #[arg(long, short)]
    pub yes: bool,
    /// What holds for every operation on a project.
    #[command(flatten)]
    pub network: Network,
}

/// Options of the commands that may need a network.
#[derive(Debug, Clone, Args)]
pub struct Network {
    /// Use no network: what is not in the project or the cache is an error
    #[arg(long)]
    pub offline: bool,
    /// The largest file that is accepted, in MiB [default: 64]
    #[arg(long, value_name = "MIB")]
    pub max_file: Option<NonZeroU32>,
}

const AFTER_NEW: &str = "\
Makes FOLDER with a pyproject.toml, a README.md, a main.py for the board to run and a folder for the
package that goes to the board.

Example:
  belay new thermometer";

const AFTER_INIT: &str = "\
Makes an existing folder a project: adds what is missing of [tool.belay] to its pyproject.toml, which
is made if there is none. Nothing that is there is changed. If the file has settings of pytest, the
folder of the dependencies is added to its paths.";

const AFTER_ADD: &str = "\
A URI is one of:
  NAME, mip:NAME[@VERSION], NAME==VERSION      A package of the index
  circup:NAME                                  A library of a bundle for CircuitPython
  github:OWNER/REPO[/PATH][@REF]               A file, a folder or a package.json there
  gitlab:OWNER/REPO…, codeberg:OWNER/REPO…     The same elsewhere
  https://github.com/OWNER/REPO/blob/REF/PATH  The same as a browser shows it
  git+https://HOST/REPO#PATH@REF               A file or folder of any git repository
  https://HOST/PATH                            A file or a package.json
  PATH                                         A file or folder of this computer

Nothing is changed unless the dependency and all that it needs could be had.

Examples:
  belay add aiohttp
  belay add \"umqtt.simple>=1.4\"
  belay add pathlib github:micropython/micropython-lib/python-stdlib/pathlib/pathlib.py
  belay add --group dev unittest
  belay add --develop sensors ../sensors";

const AFTER_UPDATE: &str = "\
Downloads again what the dependencies mean now, writes belay.lock and the folder of dependencies, and
removes files that no dependency needs any more.";

const AFTER_INSTALL: &str = "\
Makes :lib hold the dependencies of all groups that are not optional, and the folder of the
project's package what it holds here, without what `ignore` says. Files there that Belay did not put
there are kept and listed, unless --prune is given. Then the board restarts.

Examples:
  belay install
  belay install /dev/ttyACM0 --main main.py --follow
  belay install --with dev --run tests/test_board.py";
