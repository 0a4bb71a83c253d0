//! A real S3 server: SeaweedFS, which checks signatures as Amazon's does.

use serde_json::json;
use tempfile::TempDir;

use crate::{
    nats::assets,
    program::{Program, free_ports, mortal},
    wait_until, write,
};

/// The only key that it knows, and its secret.
pub const KEY: &str = "AKIASTOATEST";
/// The secret of that key.
pub const SECRET: &str = "a-secret-of-the-tests";

/// A server that is killed when it is dropped. A bucket is made when something is put into it.
pub struct S3 {
    _program: Program,
    _folder: TempDir,
    /// Its address.
    pub url: String,
}

impl S3 {
    /// Starts one.
    pub fn start() -> Self {
        let weed = assets().join("bin/weed");
        assert!(
            weed.is_file(),
            "{} is not there: deploy/setup.sh --tests brings it",
            weed.display()
        );
        let folder = tempfile::tempdir().expect("temporary folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("temporary folder is writable");
        let identity = json!({
            "name": "stoa",
            "credentials": [{ "accessKey": KEY, "secretKey": SECRET }],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        });
        let identities = json!({ "identities": [identity] }).to_string();
        let identities = write(folder.path(), "s3.json", identities);
        let ports: [u16; 8] = free_ports();
        let names = [
            "master.port",
            "master.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "filer.port",
            "filer.port.grpc",
            "s3.port",
            "s3.port.grpc",
        ];
        let mut command = mortal(&weed);
        command
            .args(["-logtostderr", "server", "-filer", "-s3"])
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            .args(["-master.telemetry=false", "-master.volumeSizeLimitMB=64"])
            .arg(format!("-dir={}", data.display()))
            .arg(format!("-s3.config={identities}"))
            .args(
                names
                    .iter()
                    .zip(ports)
                    .map(|(name, port)| format!("-{name}={port}")),
            )
            .current_dir(&data);
        let mut program = Program::start(command, folder.path().join("log"));
        let [.., s3, _] = ports;
        program.listens(s3);
        wait_until("its parts know each other", || {
            program.log().contains("the cluster has 1 filer")
        });
        Self {
            _program: program,
            _folder: folder,
            url: format!("http://127.0.0.1:{s3}"),
        }
    }
}
