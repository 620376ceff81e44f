//! The interpreter for simulated boards that the package's extra `sim` installs.

use crate::environment::{Environment, beside, run};

#[test]
fn the_extra_makes_boards_where_there_is_no_micropython() {
    let environment = Environment::with_engine();
    let mut python = environment.command("python");
    // Neither a setting nor the path leads to another one.
    python.env_remove("BELAY_MICROPYTHON").env("PATH", "");
    let code = "import belay; device = belay.Device('sim:?fresh'); \
                print(device.implementation.version[:2], device('[i * i for i in range(4)]'))";
    assert_eq!(run(python.args(["-c", code])), "(1, 29) [0, 1, 4, 9]\n");

    let mut belay = environment.command("belay");
    belay.env_remove("BELAY_MICROPYTHON").env("PATH", "");
    let version = "__import__('sys').implementation.version[:2]";
    assert_eq!(
        run(belay.args(["eval", "sim:?fresh", version])),
        "(1, 29)\n"
    );
}

#[test]
fn tests_of_a_project_without_hardware_pass_with_what_two_packages_bring() {
    let guide = std::fs::read_to_string(beside("../../../docs/testing.md")).unwrap();
    let (_, rest) = guide.split_once("`test_thermometer.py`:").unwrap();
    let (_, rest) = rest.split_once("```python\n").unwrap();
    let (tests, _) = rest.split_once("```").unwrap();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-project");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("test_thermometer.py"), tests).unwrap();

    let environment = Environment::with_engine();
    let mut pytest = environment.command("pytest");
    pytest.env_remove("BELAY_MICROPYTHON").env("PATH", "");
    let said = run(pytest.args(["-p", "no:cacheprovider"]).current_dir(&folder));
    assert!(said.contains("3 passed"), "{said}");
}
