settings-saved = 已设置。
settings-limit = 内容太多，存不下。请缩短，或先删掉一些。
persona-limit = 太长了，每次回答时我记不住这么多。请控制在 200 字以内。
settings-unreadable = 这里的设置是更新版本的我写下的，我先原样保留。请告诉维护我的人。
settings-help =
    在这里修改：

    - `/settings answers on` 或 `off` – 是否在这里回答；一旦在某处开启，就只在那里回答
    - `/settings mention off` – 回答每条消息，不用提及我
    - `/settings collections faq, 手册` – 这里使用哪些文档集，留空表示全部
    - `/settings persona 你是……` – 我说话的风格，留空恢复默认
    - `/settings style plain`、`short`、`full`、`steps`、`quote` 或 `default` – 回答的形式：视问题而定、简短、详细、分步骤、先引原文或部署时的设置
    - `/settings language en`、`zh` 或 `auto` – 我自己的消息用什么语言

setting-show = 查看设置
setting-answers = 是否在频道里回答
setting-mention = 是否只在被提及时回答
setting-threads = 是否新建子区来回答提及
setting-collections = 频道使用哪些文档集，留空表示全部
setting-teachers = 除服务器管理者外，哪些身份组可以教我和删除文档
setting-managers = 除服务器管理者外，哪些身份组可以修改这些设置
setting-persona = 我说话的风格，留空恢复默认
setting-style = 回答的形式
setting-language = 我自己的消息用什么语言
