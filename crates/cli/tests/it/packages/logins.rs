//! Servers that are not for everyone.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, ends_with};

use super::with_http;

#[test]
fn servers_that_are_not_for_everyone_get_their_login() {
    let project = with_http();
    project.index.require("Basic bWU6czNjcmV0");
    project
        .belay(&["add", "http"])
        .code(1)
        .stderr(contains("status 401").and(contains("needs a login in ~/.netrc")));
    let netrc = project
        .folder
        .file("logins", b"machine 127.0.0.1 login me password s3cret\n");
    let add = |home: bool| {
        let mut command = project.command(&["add", "http", "--verbose"]);
        if home {
            std::fs::create_dir_all(project.folder.path("home")).unwrap();
            std::fs::copy(&netrc, project.folder.path("home/.netrc")).unwrap();
        } else {
            command.env("NETRC", &netrc);
        }
        command
            .assert()
            .success()
            .stderr(contains("s3cret").not().and(ends_with("added http 1.0\n")));
        let lock = project.read("belay.lock");
        assert!(!lock.contains("s3cret"), "{lock}");
    };
    add(false);
    project
        .command(&["remove", "http"])
        .env("NETRC", &netrc)
        .assert()
        .success();
    // On Windows the home is where the system says.
    if cfg!(unix) {
        add(true);
    }
}

#[test]
fn a_login_does_not_get_into_a_project() {
    let project = with_http();
    for uri in [
        "https://me:s3cret@host.invalid/x.py",
        "git+https://s3cret_0123456789abcdef@host.invalid/x#x.py",
    ] {
        project
            .belay(&["add", "x", uri])
            .code(2)
            .stderr(contains("has a login in it").and(contains("machine host.invalid login")))
            .stderr(contains("s3cret").not());
    }
    let text = project.read("pyproject.toml");
    let url = project.index.url();
    let with_login = text.replace(&url, "https://me:s3cret@host.invalid/");
    project.write("pyproject.toml", &with_login);
    project
        .belay(&["update"])
        .code(2)
        .stderr(contains(
            "pyproject.toml:3:20: the address of host.invalid has a login",
        ))
        .stderr(contains("s3cret").not());
    assert!(!project.has("belay.lock"));
}
