//! Load and faults from a seed, on two processes of each service, and over TLS whatever they say to whom.

mod check;
mod load;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

pub use self::check::Figures;
use self::load::Load;
use crate::{
    PATIENCE,
    cluster::Cluster,
    discord::{self, Discord},
    endpoint::{Endpoint, KEY, Writes},
    telegram::{self, Telegram},
    wait_until,
};

/// Length of the endpoint's vectors.
const DIMENSIONS: usize = 64;
/// Conversations that nobody asks in but who measures how soon there is an answer.
const PROBES: usize = 2;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// What everything that is left to chance follows from.
    pub seed: u64,
    /// Faults, one after the other; each process has its turn before one has two.
    pub faults: usize,
    /// Messages.
    pub messages: usize,
    /// Documents, beside what every space is taught.
    pub documents: usize,
    /// Conversations that they are in, besides those of the probes.
    pub conversations: usize,
}

/// What happens to a process.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It is killed, and started again.
    Killed,
    /// It stops in the middle of whatever it does, and goes on after this.
    Paused(Duration),
    /// It is asked to stop, and started again.
    Restarted,
}

impl Fault {
    fn choose(random: &mut StdRng) -> Self {
        match random.random_range(0..3) {
            0 => Self::Killed,
            1 => Self::Paused(Duration::from_millis(random.random_range(500..12_000))),
            _ => Self::Restarted,
        }
    }
}

/// Runs a plan; with `rolling`, every process is restarted once more in turn afterwards.
pub fn run(plan: &Plan, rolling: bool) -> Result<Figures> {
    let (discord, telegram) = (Discord::start(), Telegram::start());
    discord.recommend(2);
    let endpoint = Endpoint::start(DIMENSIONS, Writes::Quotes);
    let mut cluster = start(&discord, &telegram, &endpoint)?;
    let mut load = Load::new(&discord, &telegram, PROBES + plan.conversations);
    load.teach_all(&cluster);
    wait_until("both shards are read", || discord.is_connected());
    let mut run = Run {
        random: StdRng::seed_from_u64(plan.seed),
        cluster: &mut cluster,
        load: &mut load,
        figures: Figures::default(),
    };
    run.faults(plan)?;
    if rolling {
        run.roll(plan.conversations)?;
    }
    Ok(run.end())
}

/// Two processes of each service, whose models are an endpoint's.
pub fn start(discord: &Discord, telegram: &Telegram, endpoint: &Endpoint) -> Result<Cluster> {
    let settings = [
        format!("embedding.url={}", endpoint.url),
        "embedding.model=small".to_owned(),
        format!("embedding.dimensions={DIMENSIONS}"),
        format!("generation.url={}", endpoint.url),
        "generation.model=scripted".to_owned(),
        "generation.min_score=0".to_owned(),
        "checking.model=none".to_owned(),
        "ingestion.workers=2".to_owned(),
        format!("discord.api_url={}", discord.url),
        format!("telegram.api_url={}", telegram.url),
    ];
    let environment = [
        ("STOA_EMBEDDING_API_KEY", KEY),
        ("STOA_GENERATION_API_KEY", KEY),
        ("DISCORD_TOKEN", discord::TOKEN),
        ("TELEGRAM_TOKEN", telegram::TOKEN),
    ];
    Cluster::start(&settings, &environment)
}

struct Run<'r, 'l> {
    random: StdRng,
    cluster: &'r mut Cluster,
    load: &'r mut Load<'l>,
    figures: Figures,
}

impl Run<'_, '_> {
    fn faults(&mut self, plan: &Plan) -> Result<()> {
        let mut order: Vec<usize> = (0..self.cluster.processes.len()).collect();
        for number in 0..plan.faults {
            let at = number % order.len();
            if at == 0 {
                order.shuffle(&mut self.random);
            }
            self.say(share(plan.messages, plan.faults, number));
            for _ in 0..share(plan.documents, plan.faults, number) {
                self.load.teach(self.cluster, &mut self.random);
            }
            let fault = Fault::choose(&mut self.random);
            let process = order[at];
            let name = self.cluster.processes[process].name();
            eprintln!("fault {number}: {name} {fault:?}");
            self.happen(process, fault)?;
        }
        Ok(())
    }

    fn say(&mut self, messages: usize) {
        for _ in 0..messages {
            self.load.ask(&mut self.random);
        }
    }

    fn happen(&mut self, process: usize, fault: Fault) -> Result<()> {
        match fault {
            Fault::Killed => self.kill(process)?,
            Fault::Paused(time) => {
                self.cluster.processes[process].signal(Signal::SIGSTOP);
                self.say(1);
                std::thread::sleep(time);
                self.cluster.processes[process].signal(Signal::SIGCONT);
            }
            Fault::Restarted => self.restart(process)?,
        }
        Ok(())
    }

    /// Kills a process, and measures how soon there is an answer again, and an end to what it worked on.
    fn kill(&mut self, process: usize) -> Result<()> {
        let works = self.cluster.processes[process].service == "ingestion";
        if works {
            self.load.teach(self.cluster, &mut self.random);
        }
        let killed = Instant::now();
        self.cluster.processes[process].kill_dash_nine();
        self.cluster.processes[process].start()?;
        let probe = self.random.random_range(0..PROBES);
        self.load.ask_in(probe, &mut self.random);
        wait_until("there is an answer again", || self.load.is_answered(probe));
        self.figures.answering.push(killed.elapsed());
        if works {
            let last = self.load.taught.len() - 1;
            self.load.wait_for_job(self.cluster, last);
            self.figures.jobs.push(killed.elapsed());
        }
        self.cluster.processes[process].wait_until_ready();
        Ok(())
    }

    fn restart(&mut self, process: usize) -> Result<()> {
        let process = &mut self.cluster.processes[process];
        ensure!(
            process.terminate(),
            "{} did not end well:\n{}",
            process.name(),
            process.log()
        );
        process.start()?;
        process.wait_until_ready();
        Ok(())
    }

    /// Restarts every process in turn while people ask.
    fn roll(&mut self, conversations: usize) -> Result<()> {
        for process in 0..self.cluster.processes.len() {
            self.say(conversations.div_ceil(4));
            self.restart(process)?;
        }
        Ok(())
    }

    /// Waits until all is answered and every job has ended, or has waited too long, and checks it.
    fn end(mut self) -> Figures {
        let began = Instant::now();
        let conversations = 0..self.load.conversations.len();
        let all = || {
            let mut conversations = conversations.clone();
            conversations.all(|conversation| self.load.is_answered(conversation))
        };
        while !all() && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(100));
        }
        for at in 0..self.load.taught.len() {
            self.load.wait_for_job(self.cluster, at);
        }
        self.figures.check(self.load, self.cluster);
        self.figures
    }
}

/// How many of all fall to a step, so that all do in the end.
fn share(all: usize, steps: usize, step: usize) -> usize {
    all * (step + 1) / steps - all * step / steps
}
