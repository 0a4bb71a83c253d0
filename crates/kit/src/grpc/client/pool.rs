use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::OwnedMutexGuard, time::Instant};
use tonic::Status;

use super::{
    peer::Peer,
    target::{Lookup, Target},
};
use crate::grpc::tls::Tls;

/// How often names are resolved, while there are calls.
const RESOLVE: Duration = Duration::from_secs(10);

/// How often at most, when a process does not answer.
const RESOLVE_SOON: Duration = Duration::from_secs(1);

/// All processes of a service.
pub(super) struct Pool {
    targets: Vec<Target>,
    tls: Option<Arc<Tls>>,
    lookup: Lookup,
    known: Mutex<Known>,
    /// Held by the one who resolves.
    resolving: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Known {
    peers: Vec<Arc<Peer>>,
    /// When names were resolved last; `None` before the first time.
    resolved: Option<Instant>,
    turn: usize,
}

impl Pool {
    pub(super) fn new(targets: Vec<Target>, tls: Option<Arc<Tls>>, lookup: Lookup) -> Arc<Self> {
        let pool = Self {
            targets,
            tls,
            lookup,
            known: Mutex::default(),
            resolving: Arc::default(),
        };
        // Addresses that are no names need nobody to resolve them.
        let fixed: Option<Vec<_>> = pool
            .targets
            .iter()
            .map(|target| Some((target, target.fixed()?)))
            .collect();
        if let Some(fixed) = fixed {
            pool.replace(fixed);
        }
        Arc::new(pool)
    }

    /// Who makes the next call: of those who were not tried for it and are not left alone the one with the fewest calls in
    /// hand, in turn. Where there is nobody else, it is one of the others.
    pub(super) async fn choose(self: &Arc<Self>, tried: &[Arc<Peer>]) -> Result<Arc<Peer>, Status> {
        self.resolve_when_due(!tried.is_empty()).await?;
        let mut known = self.known();
        known.turn = known.turn.wrapping_add(1);
        let (count, now) = (known.peers.len(), Instant::now());
        let from = known.turn.checked_rem(count).unwrap_or_default();
        // Begun one further each time: of peers with as many calls the first would get all.
        let peers = known.peers.iter().cycle().skip(from).take(count);
        let chosen = peers.min_by_key(|peer| {
            let again = tried.iter().any(|tried| Arc::ptr_eq(tried, peer));
            (again, peer.rests(now), peer.calls())
        });
        let chosen = chosen.cloned();
        chosen.ok_or_else(|| Status::unavailable(format!("{self} has no address now")))
    }

    /// Whether somebody is there who was not tried and is not left alone.
    pub(super) fn has_another(&self, tried: &[Arc<Peer>]) -> bool {
        let now = Instant::now();
        self.known()
            .peers
            .iter()
            .any(|peer| !peer.rests(now) && !tried.iter().any(|tried| Arc::ptr_eq(tried, peer)))
    }

    /// Resolves names that were not, or not for long. Calls wait for it only when nobody is known, or who is did not answer.
    pub(super) async fn resolve_when_due(
        self: &Arc<Self>,
        someone_fails: bool,
    ) -> Result<(), Status> {
        let asked = Instant::now();
        let (age, nobody) = {
            let known = self.known();
            (
                known.resolved.map(|at| at.elapsed()),
                known.peers.is_empty(),
            )
        };
        // Not more often than once a second, however many calls fail at once.
        if self.is_fixed() || (!nobody && age.is_some_and(|age| age < RESOLVE_SOON)) {
            return Ok(());
        }
        if nobody || someone_fails {
            let resolving = Arc::clone(&self.resolving).lock_owned().await;
            // Whoever held it before may have done it.
            let resolved = self.known().resolved;
            if resolved.is_none_or(|at| at < asked) {
                let resolved = self.resolve(resolving).await;
                return resolved
                    .map_err(|error| Status::unavailable(format!("cannot find {self}: {error}")));
            }
        } else if age.is_none_or(|age| age >= RESOLVE)
            && let Ok(resolving) = Arc::clone(&self.resolving).try_lock_owned()
        {
            let pool = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = pool.resolve(resolving).await {
                    tracing::debug!("{pool} is not resolved again: {error}");
                }
            });
        }
        Ok(())
    }

    fn is_fixed(&self) -> bool {
        self.targets.iter().all(|target| target.fixed().is_some())
    }

    /// Resolves all names. Where one cannot be, what it stood for before stays; the error is only for when nobody is left.
    async fn resolve(&self, _resolving: OwnedMutexGuard<()>) -> io::Result<()> {
        let (mut found, mut problem) = (Vec::new(), None);
        for target in &self.targets {
            let addresses = match target.fixed() {
                Some(address) => Ok(vec![address]),
                None => (self.lookup)(&target.host, target.port).await,
            };
            match addresses {
                Ok(addresses) => found.extend(addresses.into_iter().map(|at| (target, at))),
                Err(error) => {
                    problem = Some(error);
                    let known = self.known();
                    let before = known.peers.iter().filter(|peer| is_at(peer, target));
                    found.extend(before.map(|peer| (target, peer.address)));
                }
            }
        }
        let nobody = found.is_empty();
        self.replace(found);
        match problem {
            Some(error) if nobody => Err(error),
            _ => Ok(()),
        }
    }

    /// Keeps those who are still there, with their connections. Who is not any more ends what it has in hand.
    fn replace(&self, found: Vec<(&Target, SocketAddr)>) {
        let mut known = self.known();
        let mut peers: Vec<Arc<Peer>> = Vec::with_capacity(found.len());
        for (target, address) in found {
            let is_this = |peer: &&Arc<Peer>| peer.address == address && is_at(peer, target);
            // Two names may stand for one process.
            if peers.iter().any(|peer| is_this(&peer)) {
                continue;
            }
            let peer = known.peers.iter().find(is_this).cloned();
            peers
                .push(peer.unwrap_or_else(|| Peer::new(target.clone(), address, self.tls.clone())));
        }
        known.peers = peers;
        known.resolved = Some(Instant::now());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_at(peer: &Peer, target: &Target) -> bool {
    peer.target.secure == target.secure && peer.target.authority == target.authority
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets: Vec<_> = self.targets.iter().map(Target::to_string).collect();
        f.write_str(&targets.join(","))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pool").field(&self.to_string()).finish()
    }
}
