//! What is wrong gets one message that says what, where and what to do, and nothing is half-done.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::{Project, with_http};

/// A failing command: what it says, what it tells to do, and its exit status.
fn fails(project: &Project, arguments: &[&str], said: &str, hint: &str, status: i32) {
    let state = || {
        let files = ["pyproject.toml", "belay.lock"];
        let files = files.map(|name| std::fs::read(project.path(name)).ok());
        (files, project.has(".belay/dependencies"))
    };
    let before = state();
    let output = project
        .belay(arguments)
        .code(status)
        .stdout("")
        .get_output()
        .clone();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains(said), "{arguments:?}: {errors}");
    assert_eq!(errors.matches("error: ").count(), 1, "{errors}");
    let told = errors.split_once(" hint: ").map(|(_, told)| told);
    assert!(
        told.is_some_and(|told| told.contains(hint)),
        "{arguments:?}: {errors}"
    );
    assert_eq!(state(), before, "{arguments:?}");
}

#[test]
fn packages_that_cannot_be_had_change_nothing() {
    let project = with_http();
    let index = &project.index;
    index.add("broken", "1", &[("broken.py", "x = 'a\n")], &[]);
    let long = "a/".repeat(2500) + "x.py";
    for (name, path) in [
        ("evil", "../../.bashrc"),
        ("root", "/etc/x"),
        ("drive", "C:/x.py"),
        ("long", &long),
    ] {
        index.add(name, "1", &[(path, "x")], &[]);
    }
    index.add("egg", "1", &[("egg.py", "")], &[("hen", "latest")]);
    index.add("hen", "1", &[("hen.py", "")], &[("egg", "latest")]);
    let large = format!("text = '{}'\n", "x".repeat(1 << 20));
    index.add("large", "1", &[("large.py", &large)], &[]);
    index.add(
        "one",
        "1",
        &[("shared.py", "x = 1\n")],
        &[("two", "latest")],
    );
    index.add("two", "1", &[("shared.py", "x = 2\n")], &[]);
    for (arguments, said, hint) in [
        (
            ["add", "x", "mip:htttp"],
            "there is no package \"htttp\"",
            "there are http",
        ),
        (
            ["add", "x", "mip:http==7"],
            "the package \"http\" has no version 7",
            "there are 1.0",
        ),
        (
            ["add", "x", "mip:evil"],
            "\"../../.bashrc\" leads out of its folder",
            "tell its author",
        ),
        (
            ["add", "x", "mip:root"],
            "the path \"/etc/x\" is absolute",
            "tell its author",
        ),
        (
            ["add", "x", "mip:drive"],
            "the path \"C:/x.py\" is absolute",
            "tell its author",
        ),
        (
            ["add", "x", "mip:long"],
            "5004 bytes is longer than 500",
            "tell its author",
        ),
        (
            ["add", "x", "mip:egg"],
            "in a circle: egg → hen → egg",
            "without the next",
        ),
        (
            ["add", "x", "mip:one"],
            "shared.py of x and of x → two differ",
            "remove the other",
        ),
        (
            ["add", "x", "mip:broken"],
            "broken.py of broken is not valid: line 1",
            "tell its author",
        ),
        (
            ["add", "large", "--max-file=1"],
            "is larger than 1048576 bytes",
            "--max-file",
        ),
    ] {
        fails(&project, &arguments, said, hint, 1);
    }
    assert!(!project.has("belay.lock") && !project.has(".belay/dependencies"));
}

#[test]
fn addresses_that_lead_nowhere_change_nothing() {
    let project = with_http();
    let plain = project.index.url();
    let tls = plain.replace("http:", "https:");
    let tls = format!("{tls}/x.py");
    let missing = format!("{plain}/missing.py");
    let no_repository = format!("git+{plain}/missing.git#x.py");
    for (arguments, said, hint) in [
        (
            ["add", "x", "./nothing.py"],
            "there is no file or folder ",
            "the folder of pyproject.toml",
        ),
        (
            ["add", "x", "git+file:///nowhere/at-all#x.py"],
            "there is no repository at file:///nowhere/at-all",
            "check the address",
        ),
        (
            ["add", "x", &no_repository],
            "there is no repository at http://",
            "check the address",
        ),
        (
            ["add", "x", &missing],
            "/missing.py answers with status 404",
            "check the address",
        ),
        (
            ["add", "x", "http://host.invalid/x.py"],
            "the host \"host.invalid\" cannot be resolved",
            "check the name",
        ),
        (
            ["add", "x", &tls],
            "no trusted TLS connection to \"127.0.0.1\"",
            "the certificates it trusts",
        ),
    ] {
        fails(&project, &arguments, said, hint, 1);
    }
}

#[test]
fn a_file_of_two_gigabytes_is_refused() {
    let project = with_http();
    let path = project.path("huge.bin");
    // Without a byte of it on the disk.
    let file = std::fs::File::create(path).unwrap();
    file.set_len(2 << 30).unwrap();
    let arguments = ["add", "huge", "./huge.bin"];
    fails(
        &project,
        &arguments,
        "huge.bin is larger than 67108864 bytes",
        "--max-file",
        1,
    );
    // What has no end at all.
    #[cfg(unix)]
    fails(
        &project,
        &["add", "zeros", "/dev/zero"],
        "there is no file or folder /dev/zero",
        "the folder of pyproject.toml",
        1,
    );
}

#[cfg(unix)]
#[test]
fn repositories_may_hold_anything() {
    let project = with_http();
    project.write("../repo/inside/x.py", "x = 1\n");
    let outside = "../../../../../../../../etc/passwd";
    std::os::unix::fs::symlink(outside, project.path("../repo/inside/link")).unwrap();
    project.write(
        "../repo/manifest/manifest.py",
        "import os\nmodule(os.name)\n",
    );
    project.git("../repo", &["init", "--quiet", "--initial-branch=main"]);
    project.git("../repo", &["add", "."]);
    project.git("../repo", &["commit", "--quiet", "--message=One"]);
    let path = std::fs::canonicalize(project.path("../repo")).unwrap();
    let repository = format!("git+file://{}", path.display());
    for (place, said, hint) in [
        (
            "inside",
            "the symbolic link \"inside/link\" in ",
            "tell its author",
        ),
        ("inside/link", "leads to \"../../", "tell its author"),
        (
            "inside/x.py@v9",
            "has no branch, tag or commit \"v9\"",
            "there are main",
        ),
        (
            "none/x.py",
            "has no \"none/x.py\" at commit",
            "check the path",
        ),
        (
            "manifest",
            "\"import\" can be understood only by running the manifest",
            "name the module",
        ),
    ] {
        let uri = format!("{repository}#{place}");
        fails(&project, &["add", "x", &uri], said, hint, 1);
    }
}

#[test]
fn names_uris_and_groups_must_be_usable() {
    let project = with_http();
    for (arguments, said, hint) in [
        (
            &["add", "no-name", "http"] as &[_],
            "\"no-name\" is not a Python identifier",
            "call it no_name",
        ),
        (
            &["add", "", "http"],
            "\"\" is not a Python identifier",
            "letters, digits and _",
        ),
        (
            &["add", "x", "hub:a/b"],
            "the scheme \"hub\" is not known",
            "belay add --help",
        ),
        (
            &["add", "x", "gihub:a/b"],
            "the scheme \"gihub\" is not known",
            "perhaps it is github:a/b",
        ),
        (
            &["add", "x", "github:a/b/../../c"],
            "leads out of its folder",
            "stays in its repository",
        ),
        (
            &["add", "x", "mip:http@one"],
            "\"one\" is not a requirement",
            "a version is for instance",
        ),
        (
            &["add", "x", "github:a/b@..x"],
            "\"..x\" is not the name of a branch",
            "behind the last @",
        ),
        (
            &["add", "--group", "../x", "http"],
            "a group cannot be called \"../x\"",
            "such as dev",
        ),
        (
            &["add", "--develop", "http"],
            "is not on this computer",
            "leave out --develop",
        ),
        (
            &["remove", "http"],
            "there is no dependency http",
            "the project has no dependencies",
        ),
        (
            &["remove", "--group", "dev", "http"],
            "there is no group \"dev\"",
            "there are main",
        ),
        (
            &["update", "http"],
            "there is no dependency http",
            "the project has no dependencies",
        ),
    ] {
        fails(&project, arguments, said, hint, 2);
    }
}

#[test]
fn a_project_s_file_must_be_usable() {
    let project = Project::bare();
    let start = "there is no pyproject.toml in ";
    fails(&project, &["list"], start, "belay init", 2);
    for (text, said, hint) in [
        ("[tool.belay\n", "1:12: ", "1:12: a line of TOML"),
        (
            "[tool.belay.dependencies]\nhttp = '*'\nhttp = '1'\n",
            "3:1: \"http\" comes twice, first at 2:1",
            "3:1: take one of the two out",
        ),
        (
            "[tool.belay.dependencies]\nno-name = '*'\n",
            "2:1: a dependency cannot be called so: \"no-name\" is not a Python identifier",
            "2:1: write no_name",
        ),
        (
            "[tool.belay.dependencies]\nx = 'hub:a/b'\n",
            "2:5: the source of \"x\" cannot be read: the scheme \"hub\" is not known",
            "2:5: belay add --help",
        ),
        (
            "[tool.belay.group.main.dependencies]\nx = '*'\n",
            "1:19: the group \"main\" is written [tool.belay.dependencies]",
            "1:19: write [tool.belay.dependencies]",
        ),
    ] {
        project.write("pyproject.toml", text);
        let said = format!("pyproject.toml:{said}");
        for command in ["list", "tree", "update", "lock", "clean", "outdated"] {
            fails(&project, &[command], &said, hint, 2);
        }
        fails(&project, &["add", "y", "./y.py"], &said, hint, 2);
        fails(&project, &["install", "sim:"], &said, hint, 2);
    }
    project.write(
        "pyproject.toml",
        "[tool.belay]\ndependencies_path = '../x'\n",
    );
    let outside = "cannot be kept in ../x, which is not inside the project";
    fails(&project, &["update"], outside, "a folder in the project", 2);
    project.write("pyproject.toml", "[tool.belay]\n");
    project.write("belay.lock", "<<<<<<< mine\n");
    fails(
        &project,
        &["update"],
        "belay.lock cannot be used: ",
        "version control",
        2,
    );
    project
        .belay(&["list", "--quiet"])
        .code(2)
        .stderr(contains("belay.lock").and(contains("hint: ")));
}
