//! The `chaos` program.

/// Simulated nodes and their messages come and go by the million.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chaos::main(&[])
}
