documents-empty = I haven't learned anything here yet. Send me a file with /learn.
documents-entry =
    { $name } ({ $passages ->
        [one] { $passages } passage
       *[other] { $passages } passages
    })
document-forgotten = Forgotten: { $document }
document-unknown = There's no document called { $document }. /documents lists them all.

learn-missing = What should I learn? Send a file with /learn as its caption, reply to a file with /learn, or add a link after it.
learn-too-large = the file is over { $megabytes } MB, the most I can download here: split it, or give /learn a link
learn-file-gone = the file is no longer available: please send it again
learn-receiving = receiving

job-unchanged = already up to date
job-learned =
    { $pages ->
        [one] { $pages } page
       *[other] { $pages } pages
    }, { $passages ->
        [one] { $passages } passage
       *[other] { $passages } passages
    }
job-learned-in-part =
    { $learned }; { $count ->
        [one] page { $pages } has no text that I can read, is it a scan?
       *[other] pages { $pages } have no text that I can read, are they scans?
    }
# $learned is how the line goes on without it.
job-replaces = { $learned } (this replaces the earlier { $document } of { $date })
job-failed = failed: { $reason }
job-cancelled = cancelled
job-retrying = { $state } ({ $reason })
job-stage = { $stage }…
job-stage-counted = { $stage } { $done }/{ $total }…
stage-waiting = waiting
stage-fetch = fetching
stage-parse = reading
stage-chunk = splitting
stage-embed = embedding
stage-index = indexing

date =
    { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }
