//! A language that is added as a folder is compiled in at the next build.
#![expect(
    clippy::print_stdout,
    reason = "this is how a build script talks to cargo"
)]

fn main() {
    println!("cargo:rerun-if-changed=texts");
}
