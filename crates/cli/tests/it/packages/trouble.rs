//! Two at once, ctrl-C, a full disk, a project that must not be written.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::Command;
use std::time::{Duration, Instant};

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::{Project, with_http};

#[test]
fn of_two_updates_at_once_one_waits_and_says_so() {
    let project = with_http();
    project.belay(&["add", "http"]).success();
    let new = [("http/__init__.py", "new = 1\n")];
    project.index.add("http", "1.1", &new, &[]);
    project.index.hold();
    let first = project.start(&["update"]);
    // It has the project to itself by now, and hangs.
    project.index.wait_for_request();
    let mut second = project.start(&["update"]);
    let mut said = BufReader::new(second.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("waiting for another belay"), "{line}");
    project.index.release();

    let output = first.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.contains("updated http 1.0 to 1.1"), "{errors}");
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(second.wait().unwrap().success(), "{rest}");
    assert_eq!(rest, "nothing has changed\n");
    project.belay(&["update", "--locked"]).success();
}

#[test]
fn ctrl_c_in_a_download_changes_nothing() {
    let project = with_http();
    project.belay(&["add", "logging"]).success();
    let read = || ["pyproject.toml", "belay.lock"].map(|name| project.read(name));
    let before = read();
    // A machine with other work may be late once, and is not late each time.
    let mut soonest = Duration::MAX;
    for signal in [Signal::INT, Signal::TERM, Signal::INT, Signal::INT] {
        project.index.hold();
        let child = project.start(&["add", "http"]);
        project.index.wait_for_request();
        let begun = Instant::now();
        kill_process(Pid::from_child(&child), signal).unwrap();
        // The server still holds back its answer.
        let output = child.wait_with_output().unwrap();
        if signal == Signal::INT {
            soonest = soonest.min(begun.elapsed());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains("interrupted"), "{errors}");
        assert_eq!(read(), before);
        project.belay(&["update", "--locked"]).success();
        project.index.release();
    }
    assert!(soonest < Duration::from_millis(100), "{soonest:?}");
    project.belay(&["add", "http"]).success();
}

#[test]
fn what_is_said_at_ctrl_c_does_not_stand_behind_a_bar() {
    let project = with_http();
    project.index.hold();
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let path = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(path.to_str().unwrap())
        .unwrap();
    let mut child = project.start_telling(&["add", "http"], terminal.into());
    project.index.wait_for_request();
    let mut shown = File::from(controller);
    let mut seen = Vec::new();
    let mut read = |text: &str| {
        while !String::from_utf8_lossy(&seen).contains(text) {
            let mut bytes = [0; 256];
            let count = shown.read(&mut bytes).unwrap();
            seen.extend(&bytes[..count]);
        }
        String::from_utf8_lossy(&seen).into_owned()
    };
    read("looking for http");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let said = read("interrupted");
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let (before, _) = said.split_once("error:").unwrap();
    let before = before.trim_end_matches("\x1b[1;31m");
    assert!(before.ends_with("\r\n"), "{said:?}");
}

/// Runs a shell script in which a file system can be mounted that goes away with it. `None` where the
/// system does not allow that.
#[cfg(target_os = "linux")]
fn with_mounts(project: &Project, script: &str) -> Option<String> {
    let unshare = |script: &str| {
        let prepared = project.command(&[]);
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        for (name, value) in prepared.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .env("BELAY", prepared.get_program())
            .current_dir(project.path(""));
        command.output().ok()
    };
    let allowed = unshare("mkdir -p ../probe && mount -t tmpfs -o size=64k none ../probe")?;
    if !allowed.status.success() {
        return None;
    }
    let output = unshare(script)?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Says that a test could not be made.
#[cfg(target_os = "linux")]
#[expect(clippy::print_stderr, reason = "a note for who runs the tests")]
fn skip(what: &str) {
    eprintln!("{what}: not tried, since this system allows no mounts here");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_project_as_it_was() {
    let project = with_http();
    let large = format!("text = '{}'\n", "x".repeat(200_000));
    project
        .index
        .add("large", "1", &[("large.py", &large)], &[]);
    project.belay(&["add", "logging"]).success();
    project.belay(&["update", "--locked"]).success();
    // The project on a small disk, and then the cache.
    for small in ["small", "cache"] {
        let script = format!(
            "mkdir -p ../{small} && mount -t tmpfs -o size=128k none ../{small} &&
             if [ {small} = small ]; then cp -R . ../small && cd ../small; fi &&
             before=$(cat pyproject.toml belay.lock; find .belay/dependencies) &&
             $BELAY add large 2>&1; echo \"status $?\"
             [ \"$before\" = \"$(cat pyproject.toml belay.lock; find .belay/dependencies)\" ] &&
             $BELAY update --locked 2>&1 && echo as before; find .belay/tmp -type f"
        );
        let Some(said) = with_mounts(&project, &script) else {
            return skip("a full disk");
        };
        assert!(said.contains("cannot write"), "{small}: {said}");
        assert!(
            said.contains("No space left on device (os error 28)\n"),
            "{small}: {said}"
        );
        assert!(
            said.contains("hint: make room on the disk"),
            "{small}: {said}"
        );
        assert!(said.contains("status 1\n"), "{small}: {said}");
        assert!(said.contains("as before\n"), "{small}: {said}");
    }
    project.belay(&["add", "large"]).success();
}

#[cfg(target_os = "linux")]
#[test]
fn a_project_that_must_not_be_written_can_be_read() {
    let project = with_http();
    project.belay(&["add", "http"]).success();
    std::fs::remove_dir_all(project.path(".belay/tmp")).unwrap();
    let script = "mount --bind . . && mount -o remount,bind,ro . && cd . &&
         for command in 'update --locked' list tree 'add logging' remove\\ http update clean; do
             echo \"$command:\"; (cd $PWD && $BELAY $command 2>&1); echo \"status $?\"
         done";
    let Some(said) = with_mounts(&project, script) else {
        return skip("a project that must not be written");
    };
    let statuses: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("status "))
        .collect();
    assert_eq!(statuses, ["0", "0", "0", "1", "1", "1", "1"], "{said}");
    assert_eq!(said.matches("Read-only file system").count(), 4, "{said}");
    assert_eq!(
        said.matches("hint: allow writing there").count(),
        4,
        "{said}"
    );
    project
        .belay(&["update", "--locked"])
        .success()
        .stderr(contains("as belay.lock has it").and(contains("error").not()));
}

#[cfg(target_os = "linux")]
#[test]
fn the_folder_of_dependencies_may_be_a_mount() {
    let project = with_http();
    // That in which changes are prepared, too, or that of the dependencies alone.
    for mount in [".belay", ".belay/dependencies"] {
        let script = format!(
            "mkdir -p {mount} && mount -t tmpfs none {mount} &&
             $BELAY add http && $BELAY update --locked && $BELAY remove http &&
             [ -z \"$(find .belay/dependencies -type f)\" ] && $BELAY add logging &&
             $BELAY update --locked && $BELAY clean && cat .belay/dependencies/main/logging.py &&
             $BELAY remove logging && find .belay/tmp -type f | wc -l"
        );
        let Some(said) = with_mounts(&project, &format!("({script}) 2>&1")) else {
            return skip("a mount in the project");
        };
        assert!(said.contains("level = 1\n"), "{mount}: {said}");
        assert!(
            said.ends_with("removed logging 0.6.0\n2\n"),
            "{mount}: {said}"
        );
        // What was mounted over is as empty as before.
        std::fs::remove_dir_all(project.path(".belay")).unwrap();
    }
}

#[test]
fn nothing_is_removed_through_a_link() {
    let project = with_http();
    project.belay(&["add", "http"]).success();
    project.write("../mine/precious.txt", "mine");
    let group = project.path(".belay/dependencies/main");
    std::fs::remove_dir_all(&group).unwrap();
    std::os::unix::fs::symlink("../../../mine", &group).unwrap();
    project
        .belay(&["clean"])
        .code(2)
        .stderr(contains("main, which is not inside the project"));
    assert!(project.has("../mine/precious.txt"));
    // An update puts its own folder in the place of the link.
    project.belay(&["update"]).success();
    assert!(project.has("../mine/precious.txt"));
    assert!(project.has(".belay/dependencies/main/logging.py"));
    project.belay(&["update", "--locked"]).success();
}
