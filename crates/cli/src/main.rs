//! The program `partman`; see the library beside it.

fn main() -> partman_cli::ExitCode {
    partman_cli::main(std::env::args_os())
}
