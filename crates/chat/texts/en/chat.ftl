# The language in its own words. The attributes: in English, and as a code of three letters.
language-name = English
    .in-english = English
    .iso-639-3 = eng

on = on
off = off
all = all
page = p. { $page }

help-intro = Ask me anything about the documents here. I cite my sources, and when the documents don't say, I'll tell you.
trouble = Something isn't working right now. Nothing is lost; please try again in a minute.
admins-only = Only admins can do that here.
trouble-operator = That didn't work, and it's nothing you can fix from here. Please let whoever runs me know.
answers-off = I've been asked not to answer in this channel. Please try another one.
inbox-full = You've already got a lot waiting with me, so I couldn't take this one. Please send it again once I've caught up.

## Answers

answer-abstained = The documents don't say.
answer-closest = Closest matches:
answer-stopped = (stopped)
answer-failed = I couldn't answer: { $reason }
answer-without-sources = This answer has no sources.
question-missing = What's your question? Add it after the command, like this: /ask How do I reset my password?
nothing-to-stop = I'm not writing an answer right now.
search-empty = No matching passages.
unanswered-empty = Every question has been answered.
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

## Usage

budget-person = You've reached your limit for today. Resets at midnight UTC; /usage shows what you've used.
budget-space = Today's limit for everyone here has been reached. Resets at midnight UTC.
usage-person = You, today: { $questions } questions, { $tokens } tokens
usage-space = Everyone here, today: { $questions } questions, { $tokens } tokens
