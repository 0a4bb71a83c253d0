settings-saved = Done.
settings-limit = That's more than I can store. Please make it shorter, or remove some first.
persona-limit = That's too long for me to keep in mind with every answer. About 100 words work well.
settings-unreadable = These settings were made by a newer version of me, so I'm leaving them as they are. Please let whoever runs me know.
settings-help =
    To change them here:

    - `/settings answers on` or `off` – whether I answer here; once it is on somewhere, I answer only there
    - `/settings mention off` – answer every message, not just mentions
    - `/settings collections faq, manual` – which documents are used here; leave empty for all
    - `/settings persona You are …` – how I speak; leave empty for the default
    - `/settings style plain`, `short`, `full`, `steps`, `quote` or `default` – how answers are written; `plain` is whatever fits the question, `quote` gives the exact sentence first, `default` is the way I was set up
    - `/settings language en`, `zh` or `auto` – the language of my own messages

# Discord's sub-commands of /settings; at most 100 characters each.
setting-show = See the settings
setting-answers = Whether I answer in a channel
setting-mention = Whether I only answer when mentioned
setting-threads = Whether I answer mentions in a new thread
setting-collections = Which collections a channel uses; leave empty for all
setting-teachers = Roles that may teach and forget documents, besides server managers
setting-managers = Roles that may change these settings, besides server managers
setting-persona = How I speak; leave empty for the default
setting-style = How answers are written
setting-language = The language of my own messages
