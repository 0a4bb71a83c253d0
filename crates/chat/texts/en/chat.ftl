# The language in its own words. The attributes: in English, and as a code of three letters.
language-name = English
    .in-english = English
    .iso-639-3 = eng

on = on
off = off
all = all
page = p. { $page }

help-intro = Ask me anything about the documents here. I cite my sources, and when the documents don't say, I'll tell you.
welcome = Hi! Ask me anything about the documents here, in your own words – for example: “How do I reset my password?” I cite my sources. /help shows what else I can do.
trouble = Something isn't working right now. Nothing is lost; please try again in a minute.
admins-only = Only admins can do that here.

## Answers

answer-abstained = The documents don't say.
answer-closest = Closest matches:
answer-stopped = (stopped)
answer-failed = I couldn't answer: { $reason }
answer-without-sources = This answer has no sources.
question-missing = What's your question? Add it after the command, like this: /ask How do I reset my password?
file-read =
    { $count ->
        [one] I read the file { $names } along with your question.
       *[other] I read the files { $names } along with your question.
    }
file-unread =
    { $count ->
        [one] I did not read the file { $names }: with a question I can only read short text files. To teach it to me, send it with /learn, then ask again.
       *[other] I did not read the files { $names }: with a question I can only read short text files. To teach them to me, send them with /learn, then ask again.
    }
nothing-to-stop = I'm not writing an answer right now.
search-empty = No matching passages.
unanswered-empty = Every question has been answered.
reset =
    { $turns ->
        [0] There's nothing to forget. Go ahead and ask!
        [one] Forgotten { $turns } question. Go ahead and ask!
       *[other] Forgotten { $turns } questions. Go ahead and ask!
    }

## Buttons

button-sources = Sources
button-regenerate = Regenerate
button-stop = Stop
button-try-again = Try again
button-retry = Retry
button-answer = Answer { $number }
button-expired = This button no longer works.
thanks = Thank you!
thanks-for-report = Thanks, noted.
stopping = Stopping…

## Feedback, and answers that people teach

report-title = What was wrong?
report-label = Details (optional)
teach-title = Teach the answer
teach-label = Your answer
teach-prompt = Reply to this message with the answer and I'll learn it:

## Usage

budget-person = You've reached your limit for today. Resets at midnight UTC; /usage shows what you've used.
budget-space = Today's limit for everyone here has been reached. Resets at midnight UTC.
usage-person = You, today: { $questions } questions, { $tokens } tokens
usage-space = Everyone here, today: { $questions } questions, { $tokens } tokens
