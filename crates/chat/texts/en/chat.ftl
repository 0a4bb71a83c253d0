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
trouble-operator = That didn't work, and it's nothing you can fix from here. Please let whoever runs me know.
trouble-room = There's no room for new documents right now. Everything I already know still works. Please let whoever runs me know, and send it again later.
answers-off = I've been asked not to answer in this channel. Please try another one.
inbox-full = You've already got a lot waiting with me, so I couldn't take this one. Please send it again once I've caught up.

## Answers

answer-abstained = The documents don't say.
answer-closest = Closest matches:
answer-stopped = (stopped)
answer-failed = I couldn't answer: { $reason }
answer-without-sources = This answer has no sources.
answer-erased = A document that this answer rested on has been forgotten, and its sources with it.
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
unanswered-alike =
    { $count ->
        [one] and { $count } more question like it
       *[other] and { $count } more questions like it
    }
unanswered-nearest = The answer belongs in or near: { $place }
# After something was taught: what got no answer and comes nearest to it was asked once more.
asked-again =
    { $count ->
        [one] { $answered ->
            [0] I went back to the question I had no answer to, and still don't have one.
           *[other] I went back to the question I had no answer to: I can answer it now.
        }
       *[other] I went back to { $count } questions I had no answer to: I can answer { $answered } of them now.
    }
reset-again = Forgotten. Go ahead and ask!
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

## What is kept of a person

privacy =
    I keep your questions, my answers and your ratings{ $days ->
        [0] {""}
        [one] {" "}for a day
       *[other] {" "}for { $days } days
    }, so that follow-ups work and the people who run me can improve the documents. Messages in this chat are kept by the platform, not by me.

    - `/privacy forget` removes all of it, here and everywhere else you asked me
    - For a copy, ask the people who run me: you are `{ $person }`
privacy-forgotten =
    { $turns ->
        [0] There's nothing of yours here to remove.
        [one] Removed: your question, my answer and your ratings.
       *[other] Removed: your { $turns } questions, my answers and your ratings.
    }

## Usage

budget-person = You've reached your limit for today. Resets at midnight UTC; /usage shows what you've used.
budget-space = Today's limit for everyone here has been reached. Resets at midnight UTC.
usage-person = You, today: { $questions } questions, { $tokens } tokens
usage-space = Everyone here, today: { $questions } questions, { $tokens } tokens
