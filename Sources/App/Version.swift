/// The version of this build, as `--version` prints it.
let version = "0.1.0"
