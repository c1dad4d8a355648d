//! `annex`: the one binary. Everything it can do is a subcommand of [`annex::cli`].

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    annex::cli::main()
}
