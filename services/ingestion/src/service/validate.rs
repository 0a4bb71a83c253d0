//! What a request must be before anything is done for it.

use stoa_kit::Space;
use stoa_proto::ingestion::{ListJobsRequest, SubmitHeader, SubmitUrlRequest};
use tonic::Status;

use super::paging;
use crate::{
    fetch::SafeUrl,
    job::State,
    store::{JobFilter, NewSource, Submission},
};

const MAX_NAME: usize = 1_024;
const MAX_COLLECTION: usize = 128;
const MAX_TAGS: usize = 64;
/// Collection of a document that names none.
const DEFAULT_COLLECTION: &str = "default";

/// A document whose bytes were uploaded.
pub(super) fn upload(header: SubmitHeader, source: NewSource) -> Result<Submission, Status> {
    submission(Submission {
        space: Space::parse(&header.space)?,
        name: header.name,
        collection: header.collection,
        access: header.access,
        source,
    })
}

/// A document that is fetched from an address, which is its name.
pub(super) fn address(request: SubmitUrlRequest) -> Result<Submission, Status> {
    let url = SafeUrl::parse(&request.url)
        .map_err(|error| Status::invalid_argument(error.to_string()))?;
    submission(Submission {
        space: Space::parse(&request.space)?,
        name: url.as_str().to_owned(),
        collection: request.collection,
        access: request.access,
        source: NewSource::Url(url.as_str().to_owned()),
    })
}

fn submission(mut given: Submission) -> Result<Submission, Status> {
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
    if given.collection.is_empty() {
        DEFAULT_COLLECTION.clone_into(&mut given.collection);
    }
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
    use crate::blobs::ContentHash;

    fn header() -> SubmitHeader {
        SubmitHeader {
            space: "here".to_owned(),
            name: "lamps.md".to_owned(),
            ..SubmitHeader::default()
        }
    }

    fn check(header: SubmitHeader) -> Result<Submission, Status> {
        let hash = ContentHash::of(b"Lamps.");
        upload(header, NewSource::Upload { hash, size: 6 })
    }

    #[test]
    fn an_upload_without_a_collection_is_in_the_default_one() {
        let taken = check(header()).expect("taken");
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
        ];
        for header in refused {
            let said = format!("{header:?}");
            let status = check(header).expect_err(&said);
            assert_eq!(status.code(), Code::InvalidArgument, "{said}");
        }
    }

    #[test]
    fn an_address_is_held_to_the_same() {
        let request = || SubmitUrlRequest {
            space: "here".to_owned(),
            url: "https://example.org/lamps".to_owned(),
            ..SubmitUrlRequest::default()
        };
        let taken = address(request()).expect("taken");
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
