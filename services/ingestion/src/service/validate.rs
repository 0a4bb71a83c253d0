//! What a request must be before anything is done for it.

use stoa_kit::Space;
use stoa_proto::ingestion::{ListJobsRequest, SubmitHeader, SubmitUrlRequest};
use tonic::Status;

use super::paging;
use crate::{
    fetch::SafeUrl,
    job::State,
    store::{JobFilter, MAX_NAME, NewSource, Target},
};

const MAX_COLLECTION: usize = 128;
/// Bytes of the name of who teaches.
const MAX_PERSON: usize = 256;
const MAX_TAGS: usize = 64;
/// Collection of a document that names none.
const DEFAULT_COLLECTION: &str = "default";

/// A document that is about to be uploaded.
pub(super) fn upload(header: SubmitHeader) -> Result<Target, Status> {
    target(Target {
        space: Space::parse(&header.space)?,
        name: header.name,
        collection: header.collection,
        access: header.access,
        origin: Some(header.origin).filter(|origin| !origin.is_empty()),
        taught_by: header.taught_by,
        bulk: header.bulk,
    })
}

/// A document that is fetched from an address, which is its name.
pub(super) fn address(request: SubmitUrlRequest) -> Result<(Target, NewSource), Status> {
    let url = SafeUrl::parse(&request.url)
        .map_err(|error| Status::invalid_argument(error.to_string()))?;
    let target = target(Target {
        space: Space::parse(&request.space)?,
        name: url.as_str().to_owned(),
        collection: request.collection,
        access: request.access,
        origin: None,
        taught_by: request.taught_by,
        bulk: request.bulk,
    })?;
    Ok((target, NewSource::Url(url.as_str().to_owned())))
}

fn target(mut given: Target) -> Result<Target, Status> {
    let name = &given.name;
    if name.trim().is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Status::invalid_argument(format!(
            "the name must have 1 to {MAX_NAME} bytes on one line"
        )));
    }
    if given.collection.len() > MAX_COLLECTION || given.access.len() > MAX_TAGS {
        let limits = format!(
            "a collection's name has at most {MAX_COLLECTION} bytes, access at most {MAX_TAGS} tags"
        );
        return Err(Status::invalid_argument(limits));
    }
    if given
        .origin
        .as_deref()
        .is_some_and(|origin| origin.len() > MAX_NAME)
        || given.taught_by.len() > MAX_PERSON
    {
        return Err(Status::invalid_argument(format!(
            "the origin has at most {MAX_NAME} bytes, the name of who teaches at most {MAX_PERSON}"
        )));
    }
    if given.collection.is_empty() {
        DEFAULT_COLLECTION.clone_into(&mut given.collection);
    }
    // The same tags are the same access, however they were given.
    given.access.sort();
    given.access.dedup();
    Ok(given)
}

/// Which jobs a list is of.
pub(super) fn job_filter(request: &ListJobsRequest) -> Result<JobFilter, Status> {
    if request.every_space && !request.space.is_empty() {
        return Err(Status::invalid_argument(
            "name a space or ask for every space, not both",
        ));
    }
    // One that was forgotten must not show everybody's.
    let space = (!request.every_space)
        .then(|| Space::parse(&request.space))
        .transpose()?;
    let before = (!request.page_token.is_empty())
        .then(|| paging::job_of_token(&request.page_token))
        .transpose()?;
    Ok(JobFilter {
        space: space.map(|space| space.to_string()),
        state: State::from_proto(request.state()),
        before,
    })
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn header() -> SubmitHeader {
        SubmitHeader {
            space: "here".to_owned(),
            name: "lamps.md".to_owned(),
            ..SubmitHeader::default()
        }
    }

    #[test]
    fn an_upload_without_a_collection_is_in_the_default_one() {
        let taken = upload(header()).expect("taken");
        assert_eq!(taken.name, "lamps.md");
        assert_eq!(taken.collection, DEFAULT_COLLECTION);
    }

    #[test]
    fn an_upload_that_cannot_have_a_row_is_refused() {
        let refused = [
            SubmitHeader {
                space: "not a space".to_owned(),
                ..header()
            },
            SubmitHeader {
                name: " ".to_owned(),
                ..header()
            },
            SubmitHeader {
                name: "two\nlines.md".to_owned(),
                ..header()
            },
            SubmitHeader {
                name: "x".repeat(MAX_NAME + 1),
                ..header()
            },
            SubmitHeader {
                collection: "x".repeat(MAX_COLLECTION + 1),
                ..header()
            },
            SubmitHeader {
                access: vec!["staff".to_owned(); MAX_TAGS + 1],
                ..header()
            },
            SubmitHeader {
                origin: "x".repeat(MAX_NAME + 1),
                ..header()
            },
            SubmitHeader {
                taught_by: "x".repeat(MAX_PERSON + 1),
                ..header()
            },
        ];
        for header in refused {
            let said = format!("{header:?}");
            let status = upload(header).expect_err(&said);
            assert_eq!(status.code(), Code::InvalidArgument, "{said}");
        }
    }

    #[test]
    fn the_same_tags_are_the_same_access() {
        let access = |tags: &[&str]| {
            let access = tags.iter().map(|tag| (*tag).to_owned()).collect();
            let taken = upload(SubmitHeader { access, ..header() });
            taken.expect("taken").access
        };
        let tags = access(&["staff", "board"]);
        assert_eq!(tags, access(&["board", "staff", "board"]));
    }

    #[test]
    fn an_address_is_held_to_the_same() {
        let request = || SubmitUrlRequest {
            space: "here".to_owned(),
            url: "https://example.org/lamps".to_owned(),
            ..SubmitUrlRequest::default()
        };
        let (taken, _) = address(request()).expect("taken");
        assert_eq!(taken.name, "https://example.org/lamps");
        assert_eq!(taken.collection, DEFAULT_COLLECTION);
        let refused = [
            SubmitUrlRequest {
                space: String::new(),
                ..request()
            },
            SubmitUrlRequest {
                url: "lamps".to_owned(),
                ..request()
            },
            SubmitUrlRequest {
                collection: "x".repeat(MAX_COLLECTION + 1),
                ..request()
            },
            SubmitUrlRequest {
                access: vec!["staff".to_owned(); MAX_TAGS + 1],
                ..request()
            },
        ];
        for request in refused {
            let said = format!("{request:?}");
            let status = address(request).expect_err(&said);
            assert_eq!(status.code(), Code::InvalidArgument, "{said}");
        }
    }

    #[test]
    fn jobs_of_every_space_are_listed_only_when_that_is_asked_for() {
        let filter = |space: &str, every_space: bool| {
            job_filter(&ListJobsRequest {
                space: space.to_owned(),
                every_space,
                ..ListJobsRequest::default()
            })
        };
        let status = filter("", false).expect_err("no space");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(filter("here", true).is_err());
        assert_eq!(filter("", true).expect("every space").space, None);
        let here = filter("here", false).expect("a space").space;
        assert_eq!(here.as_deref(), Some("here"));
    }
}
