//! The schema of a service: how the one that is there is to the one that this version knows, and bringing it up to date.
//!
//! Migrations go forward only. A version before runs beside the one that migrated until it is replaced: so a migration
//! leaves what that one reads and writes, and what is not used any more goes one version later.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

use sqlx::{
    PgConnection,
    migrate::{AppliedMigration, Migrate, MigrateError, Migration, Migrator},
};
use tracing::{info, warn};

use super::DatabaseError;
use crate::retry::Backoff;

/// How long a migration waits for a table that others use: who waits for it holds up everybody who comes after.
const TABLE_WAIT: &str = "SET lock_timeout = '3s'";
/// How long it is tried again then.
const LOCKED: Duration = Duration::from_secs(300);
/// Waits between those attempts.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// PostgreSQL's codes for a missing table, for a missing schema, and for a lock that was not free in time.
const NO_TABLE: &str = "42P01";
const NO_SCHEMA: &str = "3F000";
const NOT_FREE: &str = "55P03";

/// The schema of a service, as this version knows it.
#[derive(Debug)]
pub struct Schema {
    /// Its name in the database.
    pub name: &'static str,
    /// What makes it.
    pub migrations: Migrator,
}

/// How a schema in the database is to the one that this version knows. Numbers are those of migrations; 0 is that of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They are the same.
    Current {
        /// The newest migration.
        at: i64,
    },
    /// The database's lacks something.
    Older {
        /// The newest migration there, up to the first that is not.
        at: i64,
        /// The newest one of this version.
        known: i64,
    },
    /// The database's has what this version does not know.
    Newer {
        /// The newest migration there.
        at: i64,
        /// The newest one of this version.
        known: i64,
    },
    /// Something else was done to it than what this version would have done.
    Foreign {
        /// The first migration that was another one.
        version: i64,
    },
}

/// What was done to a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The newest migration before; 0 when there was none.
    pub from: i64,
    /// The newest migration now.
    pub to: i64,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current { at } => write!(f, "at {at}"),
            Self::Older { at: 0, known } => {
                write!(f, "not there yet, and this version knows {known}")
            }
            Self::Older { at, known } => write!(f, "at {at}, and this version needs {known}"),
            Self::Newer { at, known } => {
                write!(
                    f,
                    "at {at}, which is newer than the {known} that this version knows"
                )
            }
            Self::Foreign { version } => write!(f, "another one from {version} on"),
        }
    }
}

impl Schema {
    /// How the schema in the database is to this one. Changes nothing.
    pub(super) async fn state(&self, connection: &mut PgConnection) -> Result<State, sqlx::Error> {
        let table = format!("{}.{}", self.name, self.migrations.table_name);
        let applied = match connection.list_applied_migrations(&table).await {
            Ok(applied) => applied,
            // Neither is there before the first start, and looking must not make them.
            Err(MigrateError::Execute(error))
                if [NO_TABLE, NO_SCHEMA].iter().any(|code| is(&error, code)) =>
            {
                Vec::new()
            }
            Err(MigrateError::Execute(error)) => return Err(error),
            Err(error) => return Err(error.into()),
        };
        Ok(compare(&self.migrations, &applied))
    }

    /// Brings the schema in the database up to date, under a lock that all who migrate this database take.
    pub(super) async fn bring_up(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Migrated, DatabaseError> {
        let failed = |source| DatabaseError::Migrate {
            schema: self.name,
            source,
        };
        // Looked at again under the lock: whoever held it before may have done everything.
        connection.lock().await.map_err(failed)?;
        let state = self.state(connection).await;
        let (from, to) = match state.map_err(|error| failed(error.into()))? {
            State::Current { at } => return Ok(Migrated { from: at, to: at }),
            State::Older { at, known } => (at, known),
            state @ State::Newer { .. } => {
                return Err(DatabaseError::Newer {
                    schema: self.name,
                    state,
                });
            }
            State::Foreign { version } => {
                return Err(DatabaseError::Foreign {
                    schema: self.name,
                    version,
                });
            }
        };
        let made = self.make(connection).await;
        made.map_err(|error| failed(error.into()))?;
        self.apply(connection).await.map_err(failed)?;
        info!(
            schema = self.name,
            from, to, "the schema is brought up to date"
        );
        Ok(Migrated { from, to })
    }

    /// Makes the schema where it is not there. Making one takes a right that is not needed where an operator made it.
    async fn make(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let is_there: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
                .bind(self.name)
                .fetch_one(&mut *connection)
                .await?;
        if !is_there {
            let create = format!("CREATE SCHEMA {}", self.name);
            // A name cannot be a parameter; this one is a constant of the program.
            let create = sqlx::raw_sql(sqlx::AssertSqlSafe(create));
            create.execute(&mut *connection).await?;
        }
        // For this connection alone, as it goes with the migration.
        sqlx::raw_sql(TABLE_WAIT).execute(connection).await?;
        Ok(())
    }

    async fn apply(&self, connection: &mut PgConnection) -> Result<(), MigrateError> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let until = Instant::now() + LOCKED;
        loop {
            // Each migration is a transaction of its own, so that one which is tried again begins from where it stood.
            match self.migrations.run(&mut *connection).await {
                Err(MigrateError::ExecuteMigration(error, migration))
                    if is(&error, NOT_FREE) && Instant::now() < until =>
                {
                    warn!(
                        schema = self.name,
                        migration, "a table is in use: the migration is tried again"
                    );
                    tokio::time::sleep(backoff.next_wait()).await;
                }
                applied => return applied,
            }
        }
    }
}

fn is(error: &sqlx::Error, code: &str) -> bool {
    let error = error.as_database_error();
    error.and_then(|error| error.code()).as_deref() == Some(code)
}

fn compare(known: &Migrator, applied: &[AppliedMigration]) -> State {
    let ours: BTreeMap<i64, &Migration> = known
        .iter()
        // There are none, and a file that looked like one must not be taken for a step forward.
        .filter(|migration| !migration.migration_type.is_down_migration())
        .map(|migration| (migration.version, migration))
        .collect();
    let newest = ours.keys().next_back().copied().unwrap_or_default();
    let at = applied.iter().map(|applied| applied.version).max();
    let at = at.unwrap_or_default();
    // Before newer and older: a migration that was another one makes every comparison of numbers meaningless.
    let foreign = applied.iter().find(|applied| {
        ours.get(&applied.version)
            .is_some_and(|ours| ours.checksum != applied.checksum)
    });
    if let Some(AppliedMigration { version, .. }) = foreign {
        return State::Foreign { version: *version };
    }
    if applied
        .iter()
        .any(|applied| !ours.contains_key(&applied.version))
    {
        return State::Newer { at, known: newest };
    }
    let is_applied = |version: i64| applied.iter().any(|applied| applied.version == version);
    match ours.keys().find(|version| !is_applied(**version)) {
        Some(missing) => State::Older {
            at: ours.range(..*missing).next_back().map_or(0, |(at, _)| *at),
            known: newest,
        },
        None => State::Current { at },
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, SqlSafeStr, migrate::MigrationType};

    use super::*;

    fn migration(version: i64, sql: &str) -> Migration {
        let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
        Migration::new(
            version,
            "a change".into(),
            MigrationType::Simple,
            sql,
            false,
        )
    }

    fn applied(migrations: &[Migration]) -> Vec<AppliedMigration> {
        let applied = migrations.iter().map(|migration| AppliedMigration {
            version: migration.version,
            checksum: migration.checksum.clone(),
        });
        applied.collect()
    }

    #[test]
    fn an_older_a_newer_and_a_foreign_schema_are_told_from_the_one_that_is_known() {
        let all = [
            migration(1, "one"),
            migration(2, "two"),
            migration(4, "four"),
        ];
        let known = Migrator::with_migrations(all[..2].to_vec());
        let state = |applied: &[Migration]| compare(&known, &self::applied(applied));
        assert_eq!(state(&all[..2]), State::Current { at: 2 });
        assert_eq!(state(&all[..1]), State::Older { at: 1, known: 2 });
        assert_eq!(state(&[]), State::Older { at: 0, known: 2 });
        assert_eq!(state(&all), State::Newer { at: 4, known: 2 });
        assert_eq!(state(&all[1..2]), State::Older { at: 0, known: 2 });
        let foreign = [migration(1, "something else")];
        assert_eq!(state(&foreign), State::Foreign { version: 1 });
        // One of two branches is there and the other is not: going on takes the version that knows both.
        let other = [all[0].clone(), all[2].clone()];
        assert_eq!(state(&other), State::Newer { at: 4, known: 2 });
    }
}
