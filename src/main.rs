//! The `chaos` program.

fn main() -> std::process::ExitCode {
    chaos::main(&[])
}
