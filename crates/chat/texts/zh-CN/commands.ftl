command-ask = 提问
command-search = 查找相关段落
command-learn = 让我学习文件、消息或网页
command-documents = 查看我学过的文档
command-forget = 忘记一个文档
command-stop = 停止回答
command-reset = 开始新对话
command-usage = 查看今天的用量
command-unanswered = 查看我没能回答的问题
command-settings = 设置我在哪里、怎么回答
command-help = 查看我能做什么

menu-ask = 就这条消息提问
menu-teach = 让 Stoa 学习这条消息

option-question = 想知道什么？
option-document = 文档名称
option-file = 文件
option-url = 网页链接
option-collection = 放入哪个文档集
option-collections = 名称，用逗号分隔
option-channel = 频道，留空表示当前频道
option-on = 开启或关闭
option-role = 身份组
option-persona = 例如：你是某某公司友好的助手
option-language = 语言
choice-language-auto = 跟随每个人
