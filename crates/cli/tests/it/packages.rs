//! Commands of the package manager, without a board.

mod bad_input;
mod index;
mod logins;
mod project;
#[cfg(unix)]
mod trouble;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, ends_with, starts_with};
use serde_json::json;

pub(crate) use project::Project;

fn with_http() -> Project {
    let project = Project::new("");
    let index = &project.index;
    index.add("logging", "0.6.0", &[("logging.py", "level = 1\n")], &[]);
    index.add(
        "http",
        "1.0",
        &[("http/__init__.py", "import logging\n")],
        &[("logging", "latest")],
    );
    project
}

#[test]
fn a_project_from_its_beginning_to_its_dependencies() {
    let project = Project::bare();
    project
        .belay(&["new", "station"])
        .success()
        .stdout("")
        .stderr(starts_with("made station; to put it on a board"))
        .stderr(contains(
            "cd station\n  belay install --main main.py --follow\n",
        ));
    for file in [
        "README.md",
        "main.py",
        "pyproject.toml",
        "station/__init__.py",
    ] {
        assert!(project.has(&format!("station/{file}")), "{file}");
    }
    project.belay(&["new", "deep/my-station"]).success();
    assert!(project.has("deep/my-station/my_station/__init__.py"));
    let text = project.read("station/pyproject.toml");
    assert!(text.contains("name = \"station\""), "{text}");
    project
        .belay(&["new", "station"])
        .code(2)
        .stderr(contains("station is there already"));
    project
        .command(&["list"])
        .current_dir(project.path("station/station"))
        .assert()
        .success()
        .stdout("")
        .stderr(contains("belay add NAME"));
}

#[test]
fn a_folder_becomes_a_project_and_keeps_what_it_has() {
    let project = Project::bare();
    let text = "# Mine.\n[tool.pytest.ini_options]\npythonpath = 'src'  # here\n";
    project.write("pyproject.toml", text);
    project.belay(&["init", "--name", "thing"]).success();
    let text = project.read("pyproject.toml");
    assert!(
        text.starts_with("# Mine.\n[tool.pytest.ini_options]\n"),
        "{text}"
    );
    assert!(text.contains("src .belay/dependencies/main"), "{text}");
    assert!(text.contains("name = \"thing\""), "{text}");
    assert!(project.has("thing/__init__.py"));
    project
        .belay(&["init"])
        .code(2)
        .stderr(contains("belay add NAME"));
}

#[test]
fn a_dependency_comes_and_goes() {
    let project = with_http();
    project
        .belay(&["add", "http"])
        .success()
        .stdout("")
        .stderr("added http 1.0\n");
    let text = project.read("pyproject.toml");
    assert!(text.contains("http = "), "{text}");
    assert!(project.read("belay.lock").contains("logging"));
    let files = ["main/http/__init__.py", "main/logging.py"];
    let files = files.map(|file| format!(".belay/dependencies/{file}"));
    assert!(files.iter().all(|file| project.has(file)));
    project.belay(&["update", "--locked"]).success();

    let list = project.json(&["list", "--json"]);
    assert_eq!(list[0]["name"], "http");
    assert_eq!(list[0]["version"], "1.0");
    assert_eq!(list[0]["group"], "main");
    project
        .belay(&["list"])
        .stdout(contains("NAME  VERSION  GROUP").and(contains("http  1.0      main")));
    project
        .belay(&["tree"])
        .stdout("main\n└── http 1.0\n    └── logging 0.6.0\n");
    let tree = project.json(&["tree", "--json"]);
    let needs = &tree[0]["dependencies"][0]["needs"];
    assert_eq!(
        *needs,
        json!([{ "name": "logging", "version": "0.6.0", "needs": [] }])
    );

    project
        .belay(&["add", "http"])
        .success()
        .stderr("nothing has changed\n");
    project
        .belay(&["add", "http", "mip:logging"])
        .code(2)
        .stderr(contains("belay remove --group main http"));
    project
        .belay(&["remove", "http"])
        .success()
        .stderr("removed http 1.0\n");
    assert!(files.iter().all(|file| !project.has(file)));
    assert!(!project.read("pyproject.toml").contains("http = "));
    project
        .belay(&["remove", "http"])
        .code(2)
        .stderr(contains("there is no dependency http"));
}

#[test]
fn groups_names_and_what_is_in_development() {
    let project = with_http();
    project.write("../mine/helper.py", "x = 1\n");
    project
        .belay(&["add", "--group", "dev", "log", "mip:logging"])
        .success()
        .stderr("added log 0.6.0 (dev)\n");
    project
        .belay(&["add", "--develop", "helper", "../mine/helper.py"])
        .success();
    let text = project.read("pyproject.toml");
    assert!(text.contains("develop = true"), "{text}");
    project.write("../mine/own.py", "y = 1\n");
    project
        .belay(&["add", "own", "../mine/own.py", "--no-rename-to-init"])
        .success();
    assert!(project.has(".belay/dependencies/main/own/own.py"));
    let text = project.read("pyproject.toml");
    assert!(text.contains("rename_to_init = false"), "{text}");
    project
        .belay(&["add", "--develop", "http"])
        .code(2)
        .stderr(contains("leave out --develop"));
    project
        .belay(&["add", "no-name", "logging"])
        .code(2)
        .stderr(contains("not a Python identifier").and(contains("no_name")));
    project
        .belay(&["add"])
        .code(2)
        .stderr(contains("<URI> is missing"));
    let list = project.json(&["list", "--json"]);
    let helper = list
        .as_array()
        .unwrap()
        .iter()
        .find(|each| each["name"] == "helper");
    assert_eq!(helper.unwrap()["sources"][0]["develop"], true);
}

#[test]
fn a_repository_needs_no_server() {
    let project = Project::new("");
    project.write("../repo/src/sensor.py", "value = 1\n");
    project.write("../repo/src/more/__init__.py", "more = 1\n");
    let git = |arguments: &[&str]| project.git("../repo", arguments);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=One"]);
    git(&["tag", "v1"]);
    let path = std::fs::canonicalize(project.path("../repo")).unwrap();
    let repository = format!("git+file://{}", path.display());
    let file = format!("{repository}#src/sensor.py@v1");
    project.belay(&["add", "sensor", &file]).success();
    let folder = format!("{repository}#src/more");
    project.belay(&["add", "more", &folder]).success();
    let dependencies = ".belay/dependencies/main";
    let sensor = format!("{dependencies}/sensor/__init__.py");
    assert_eq!(project.read(&sensor), "value = 1\n");
    assert_eq!(
        project.read(&format!("{dependencies}/more/__init__.py")),
        "more = 1\n"
    );

    project.write("../repo/src/sensor.py", "value = 2\n");
    git(&["commit", "--quiet", "--all", "--message=Two"]);
    let outdated = project.json(&["outdated", "--json"]);
    assert_eq!(outdated.as_array().unwrap().len(), 1, "{outdated}");
    assert_eq!(outdated[0]["name"], "more");
    project.belay(&["update"]).success();
    // A tag stays what it is.
    assert_eq!(project.read(&sensor), "value = 1\n");
    project
        .belay(&["cache", "list"])
        .success()
        .stdout(contains("git-"));
    let nothing = format!("{repository}#src/sensor.py@v2");
    project
        .belay(&["add", "other", &nothing])
        .code(1)
        .stderr(contains("no branch, tag or commit \"v2\"").and(contains("there are main, v1")));
}

#[test]
fn what_is_done_is_told_to_those_who_want_to_know() {
    let project = with_http();
    project
        .belay(&["add", "http", "--verbose"])
        .success()
        .stdout("")
        .stderr(
            contains("looking for http\n")
                .and(contains("looking for logging\n"))
                .and(contains("2 packages with 2 files\n"))
                .and(contains("got http/__init__.py, 15 bytes\n"))
                .and(ends_with("added http 1.0\n")),
        );
    project
        .belay(&["remove", "http", "--quiet"])
        .success()
        .stderr("");
}

#[test]
fn what_is_newer_is_told_and_taken() {
    let project = with_http();
    project.belay(&["add", "http"]).success();
    project
        .belay(&["outdated"])
        .success()
        .stdout("")
        .stderr(contains("newest"));
    project
        .index
        .add("http", "1.1", &[("http/__init__.py", "new = 1\n")], &[]);
    let outdated = project.json(&["outdated", "--json"]);
    assert_eq!(outdated[0]["latest"], "1.1");
    assert_eq!(outdated[0]["current"], "1.0");
    // What is locked stays until it is asked for.
    project
        .belay(&["lock"])
        .success()
        .stderr("nothing has changed\n");
    project
        .belay(&["update", "http"])
        .success()
        .stderr("updated http 1.0 to 1.1\n");
    assert_eq!(
        project.read(".belay/dependencies/main/http/__init__.py"),
        "new = 1\n"
    );
    assert!(!project.has(".belay/dependencies/main/logging.py"));
    project
        .belay(&["update", "htpt"])
        .code(2)
        .stderr(contains("there are http"));
}

#[test]
fn what_differs_from_the_lock_file_is_told() {
    let project = with_http();
    project.belay(&["add", "http"]).success();
    project.write(".belay/dependencies/main/logging.py", "level = 2\n");
    project
        .belay(&["update", "--locked"])
        .code(1)
        .stderr(contains("main/logging.py").and(contains("hint: belay install")));
    project.write(".belay/dependencies/main/stray.py", "");
    project
        .belay(&["clean", "--verbose"])
        .success()
        .stderr(contains("stray.py").and(contains("1 file removed")));
    assert!(!project.has(".belay/dependencies/main/stray.py"));
}

#[test]
fn packages_are_found() {
    let project = with_http();
    project
        .belay(&["search", "LOGG"])
        .success()
        .stdout(contains("logging  0.6.0    About logging"));
    let found = project.json(&["search", "--json", "about", "http"]);
    assert_eq!(found[0]["versions"], json!(["1.0"]));
    assert_eq!(found.as_array().unwrap().len(), 1);
    project
        .belay(&["search", "nothing"])
        .success()
        .stdout("")
        .stderr(contains("no package has"));
    // Outside of a project it is the usual index that is asked.
    Project::bare()
        .belay(&["search", "--offline", "mqtt"])
        .code(1)
        .stderr(contains("/index.json is not in the cache"));
}

// On Windows the cache is where the system says, and it is not for a test to clear that.
#[cfg(unix)]
#[test]
fn downloads_are_kept_and_cleared() {
    let project = with_http();
    project
        .belay(&["cache", "list"])
        .success()
        .stdout("")
        .stderr("");
    project.belay(&["add", "http"]).success();
    let home = project.folder.path("home");
    let (user, location) = if cfg!(target_os = "macos") {
        let folder = format!("{home}/Library/Caches/belay");
        (folder.clone(), folder)
    } else {
        let folder = format!("{home}/.cache/belay");
        (folder, project.folder.path("cache/belay"))
    };
    project.belay(&["cache", "info"]).success().stdout(
        contains(format!("Location: {location}\n"))
            .and(contains("Elements: "))
            .and(contains("Total size: ")),
    );
    let count = project.json(&["cache", "info", "--json"])["elements"]
        .as_u64()
        .unwrap();
    assert!(count >= 4, "{count}");
    let listed = project.json(&["cache", "list", "--json"]);
    assert_eq!(listed.as_array().unwrap().len() as u64, count);

    // All that is needed without the network is there.
    std::fs::remove_dir_all(project.path(".belay")).unwrap();
    project.belay(&["update", "--offline"]).success();
    assert!(project.has(".belay/dependencies/main/logging.py"));

    // Without the variable it is where the original has it.
    project
        .command(&["cache", "info"])
        .env_remove("XDG_CACHE_HOME")
        .assert()
        .success()
        .stdout(contains(format!("Location: {user}\n")));

    project.belay(&["cache", "clear"]).code(2);
    project
        .belay(&["cache", "clear", "--all"])
        .code(2)
        .stderr(contains("--yes deletes without asking"));
    project
        .belay(&["cache", "clear", "git", "--yes"])
        .success()
        .stderr("nothing of that is in the cache\n");
    project
        .belay(&["cache", "clear", "--all", "--yes"])
        .success();
    let info = project.json(&["cache", "info", "--json"]);
    assert_eq!((&info["elements"], &info["bytes"]), (&json!(0), &json!(0)));
    project
        .belay(&["update", "--offline"])
        .code(1)
        .stderr(contains("leave out --offline"));
}

#[test]
fn mistakes_have_their_place_and_a_remedy() {
    let project = Project::bare();
    project
        .belay(&["list"])
        .code(2)
        .stderr(contains("there is no pyproject.toml").and(contains("belay init")));
    project.write(
        "pyproject.toml",
        "[tool.belay]\nmpy_version = 6\n[tool.belay.group.main]\n",
    );
    project
        .belay(&["list"])
        .code(2)
        .stderr(contains(
            "pyproject.toml:2:15: \"mpy_version\" must be a string",
        ))
        .stderr(contains("pyproject.toml:3:"))
        .stderr(contains("hint: 2:15: write \"6\""));
}

#[test]
fn a_key_that_is_not_known_is_a_warning() {
    let project = with_http();
    let text = project.read("pyproject.toml");
    let more = "dependancies_path = 'x'\n[tool.belay.wheels]\nround = true\n\
                [tool.belay.divices]\nbench = 'sim:'\n";
    project.write("pyproject.toml", &format!("{text}{more}"));
    project.belay(&["add", "http"]).success().stdout("").stderr(
        contains(
            "pyproject.toml:4:1: unknown key \"dependancies_path\" in [tool.belay] is \
                 ignored; did you mean dependencies_path?\n",
        )
        .and(contains(
            "pyproject.toml:5:13: unknown key \"wheels\" in [tool.belay] is ignored\n",
        ))
        .and(ends_with("added http 1.0\n")),
    );
    // Each is said once, and not to those who want to hear of errors only.
    let output = project.belay(&["list"]).success().get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("warning: ").count(), 3, "{said}");
    project.belay(&["list", "--quiet"]).success().stderr("");
    // It may be why a device is not known.
    project
        .belay(&["info", "bench"])
        .code(2)
        .stderr(contains("\"divices\"").and(contains("did you mean devices?")));
}

#[cfg(unix)]
#[test]
fn a_program_finds_the_dependencies() {
    let project = with_http();
    project.belay(&["add", "http"]).success();
    project
        .belay(&["add", "--group", "dev", "logging"])
        .success();
    project
        .belay(&["run", "sh", "-c", "echo $MICROPYPATH; exit 3"])
        .code(3)
        .stdout(contains(".frozen:"))
        .stdout(contains(".belay/dependencies/main:"))
        .stdout(ends_with(".belay/dependencies/dev\n"));
    // What stands behind the program is the program's, and what stands before it is belay's.
    project
        .belay(&[
            "run",
            "--verbose",
            "sh",
            "-c",
            "echo $0 $1",
            "--quiet",
            "--help",
        ])
        .success()
        .stdout("--quiet --help\n")
        .stderr(contains("MICROPYPATH="));
    project
        .command(&["run", "env"])
        .env("MICROPYPATH", "/mine:.frozen")
        .assert()
        .success()
        .stdout(contains("/dev:/mine\n"));
    // What is in development is read afresh, and comes before what lies with the dependencies.
    project.write("../mine/helper.py", "x = 1\n");
    project
        .belay(&["add", "--develop", "helper", "../mine/helper.py"])
        .success();
    project.write("../mine/helper.py", "x = 2\n");
    let show = "IFS=:; for f in $MICROPYPATH; do cat $f/helper/__init__.py 2>/dev/null; done; :";
    project
        .belay(&["run", "sh", "-c", show])
        .success()
        .stdout("x = 2\nx = 1\n");
    // A script is for the board.
    project
        .belay(&["run", "a", "b", "c"])
        .code(2)
        .stderr(contains("there is no script a"));
}
