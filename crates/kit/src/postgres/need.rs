//! The database as something that a service needs.

use sqlx::PgPool;

use crate::{Shutdown, metrics};

/// Makes the database a need of `service`, by its name in gRPC, and tells how many connections of the pool are busy.
pub fn need(pool: &PgPool, schema: &'static str, service: &'static str, shutdown: &Shutdown) {
    let asked = pool.clone();
    shutdown.need(service, "database", move || {
        let pool = asked.clone();
        async move {
            // Through the pool, as the service itself asks: a pool whose connections are all taken is no database,
            // either.
            let answer = sqlx::query("SELECT 1").execute(&pool).await;
            answer.map(|_| ())
        }
    });
    let pool = pool.clone();
    metrics::on_read(move |metrics| {
        let (all, idle) = (f64::from(pool.size()), pool.num_idle() as f64);
        let connections = &metrics.database_connections;
        connections.of([schema, "idle"]).set(idle);
        connections.of([schema, "busy"]).set((all - idle).max(0.0));
        let most = f64::from(pool.options().get_max_connections());
        metrics.database_connections_most.of([schema]).set(most);
    });
}
