# What commands do, in the menus of the platforms and in /help. Discord takes at most 100 characters each.
command-ask = Ask a question
command-search = Find matching passages
command-learn = Teach me a file, a message or a web page
command-documents = List the documents I know
command-forget = Forget a document
command-stop = Stop the answer
command-reset = Start a new conversation
command-usage = See today's usage
command-privacy = See what I keep about you, or have it removed
command-unanswered = See the questions I couldn't answer
command-settings = Choose where and how I answer
command-help = See what I can do

# In Discord's menu of a message; at most 32 characters.
menu-ask = Ask about this message
menu-teach = Teach this to Stoa

option-privacy = What you want
choice-privacy-show = See what is kept
choice-privacy-forget = Remove it all
option-question = What would you like to know?
option-document = Name of the document
option-file = A file
option-url = Link to a web page
option-collection = Collection to add it to
option-collections = Names, separated by commas
option-channel = The channel; leave empty for this one
option-on = Turn on or off
option-role = The role
option-persona = For example: You are the friendly assistant of Acme
option-style = How answers are written
choice-style-default = Default – the way I was set up
choice-style-plain = Plain – whatever fits the question
choice-style-short = Short – one or two sentences
choice-style-full = Full – everything that matters for the question
choice-style-steps = Steps – a numbered list
choice-style-quote = Quote first – the exact sentence, then what it means
option-language = The language
choice-language-auto = Everyone's own
