//! Tokens that end while a job is at work, or while nothing is.

use std::time::Duration;

use mediasweep::client::{Client, Credentials};
use mediasweep::domain::failure::FailureKind;
use mediasweep::domain::job::{JobSpec, Phase};
use mediasweep::jobs::policy::Policy;
use mediasweep::server::faults::{Action, Rule, When};
use secrecy::SecretString;
use serde_json::json;

use crate::support::{Bench, TestService, edit, hurried, policy, targets};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Two items in a request.
fn in_pairs() -> Policy {
    Policy {
        batch: 2,
        first_batch: 2,
        ..policy()
    }
}

/// The second request to delete something finds that its token has ended.
fn ends_on_the_way(service: &TestService) {
    service.faults.add_rule(Rule {
        method: None,
        path: "batch/**".to_owned(),
        query: Vec::new(),
        when: When::Nth(2),
        action: Action::TokenExpired,
    });
}

/// A client that was given a token, and cannot make another.
async fn with_a_token(service: &TestService) -> Client {
    let (token, _) = service.client().new_token().await.unwrap();
    let mut settings = service.settings();
    settings.credentials = Credentials::Token(SecretString::from(token));
    hurried(Client::new(settings).unwrap())
}

#[tokio::test]
async fn a_job_makes_itself_another_token_and_goes_on() {
    let service = TestService::start().await;
    service.files(&NAMES);
    ends_on_the_way(&service);
    let mut bench = Bench::new(service.client(), in_pairs());
    let (job, _) = bench.run(JobSpec::Recycle(targets(&NAMES))).await;
    assert_eq!(job.tally.recycled, 6, "{:?}", job.outcomes);
    assert_eq!(service.faults.count("POST /api/v1/token"), 2);
    service.stop().await;
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_ends_the_job_and_another_one_does_the_rest() {
    let service = TestService::start().await;
    service.files(&NAMES);
    let mut bench = Bench::new(with_a_token(&service).await, in_pairs());
    ends_on_the_way(&service);
    let (job, _) = bench.run(JobSpec::Recycle(targets(&NAMES))).await;
    let Phase::Aborted(failure) = &job.phase else {
        panic!("{:?}", job.phase)
    };
    assert_eq!(failure.kind, FailureKind::SignIn);
    // The refused ones are where they were, and so are those whose turn did not come.
    assert_eq!((job.tally.recycled, job.tally.unknown), (2, 0));
    assert_eq!(job.tally.settled(), 6);
    assert_eq!(NAMES.iter().filter(|name| service.has(name)).count(), 4);
    let mut bench = bench.again(with_a_token(&service).await, in_pairs());
    let rest = job.retry().unwrap();
    assert_eq!(rest.len(), 4);
    let (job, _) = bench.run(rest).await;
    assert_eq!(job.tally.recycled, 4, "{:?}", job.outcomes);
    service.stop().await;
}

#[tokio::test]
async fn a_token_is_kept_alive_while_nothing_is_asked() {
    let service = TestService::start().await;
    let client = with_a_token(&service).await;
    let short = edit(|answer| answer["expiresIn"] = json!(1));
    service.faults.add("POST /token/", u64::MAX, short);
    let keeper = tokio::spawn({
        let client = client.clone();
        async move { client.stay_signed_in().await }
    });
    while service.faults.count("POST /api/v1/token/lib/") < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    keeper.abort();
    // It is still the one that was given.
    client.space_size().await.unwrap();
    service.stop().await;
}
