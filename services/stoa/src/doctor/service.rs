//! The doctor inside a `stoa up`.

use stoa_kit::Config;
use stoa_proto::doctor::{ExamineRequest, ExamineResponse, doctor_service_server::DoctorService};
use tonic::{Request, Response, Status};

use super::checks;

/// Checks what this process is configured with.
pub(crate) struct Doctor {
    config: Config,
}

impl Doctor {
    pub(crate) fn new(config: Config) -> Self {
        Self { config }
    }
}

#[tonic::async_trait]
impl DoctorService for Doctor {
    async fn examine(
        &self,
        _: Request<ExamineRequest>,
    ) -> Result<Response<ExamineResponse>, Status> {
        let mut found = checks::systems(&self.config).await;
        found.push(checks::server(&self.config).await);
        Ok(Response::new(ExamineResponse { checks: found }))
    }
}
