language-name = 中文
    .in-english = Chinese
    .iso-639-3 = cmn

on = 开
off = 关
all = 全部
page = 第 { $page } 页

help-intro = 可以问我任何关于这里文档的问题。回答会附上来源，文档里没有的我会直说。
welcome = 你好！直接问我关于这里文档的问题就行，例如：“怎么重置密码？”我会附上来源。发送 /help 可以看看我还能做什么。
trouble = 暂时出了点问题，内容都还在，请过一会儿再试。
admins-only = 只有管理员可以这样做。
trouble-operator = 没办成，而且这不是你这边能解决的。请告诉维护我的人。
trouble-room = 现在没有空间放新文档了，已有的内容照常可以问。请告诉维护我的人，过后再发一次。
answers-off = 这个频道里设定了我不作答，请换个频道试试。
inbox-full = 你这边还有好多条在排队，这一条我没能接下。等我处理一些之后，再发一次吧。

## Answers

answer-abstained = 文档里没有提到。
answer-closest = 最接近的内容：
answer-stopped = （已停止）
answer-failed = 没能回答：{ $reason }
answer-without-sources = 这个回答没有来源。
answer-erased = 这个回答依据的文档已经被忘记，来源也一并删除了。
question-missing = 想问什么？请把问题写在命令后面，例如：/ask 怎么重置密码？
file-read = 我结合文件 { $names } 看了你的问题。
file-unread = 我没有读文件 { $names }：提问时我只能读简短的文本文件。想让我学会它，请用 /learn 发给我，然后再问。
nothing-to-stop = 现在没有正在写的回答。
search-empty = 没有找到相关段落。
unanswered-empty = 所有问题都已经有答案了。
unanswered-alike = 还有 { $count } 个类似的问题
unanswered-nearest = 答案最好写进：{ $place }
asked-again =
    { $count ->
        [1] { $answered ->
            [0] 之前没答上来的那个问题，我又试了一遍，还是答不上来。
           *[other] 之前没答上来的那个问题，我又试了一遍，现在能回答了。
        }
       *[other] 之前没答上来的 { $count } 个相关问题，我又试了一遍，现在能回答其中 { $answered } 个。
    }
reset-again = 已经忘掉了，接着问吧！
reset =
    { $turns ->
        [0] 没有需要忘记的内容，直接问吧！
       *[other] 已忘记 { $turns } 个问题，可以重新提问了。
    }

## Buttons

button-sources = 来源
button-regenerate = 重新生成
button-stop = 停止
button-try-again = 重试
button-retry = 重试
button-answer = 回答 { $number }
button-expired = 这个按钮已经失效了。
thanks = 谢谢！
thanks-for-report = 谢谢，已记下。
stopping = 正在停止…

## Feedback, and answers that people teach

report-title = 哪里不对？
report-label = 说明（选填）
teach-title = 教我答案
teach-label = 你的答案
teach-prompt = 回复这条消息告诉我答案，我会记住：

## What is kept of a person

privacy =
    我会保存你的问题、我的回答和你的评价{ $days ->
        [0] {""}
       *[other] ，保留 { $days } 天
    }，这样才能接着聊，维护我的人也能改进文档。聊天里的消息由平台保存，不由我保存。

    - `/privacy forget` 删除全部内容，包括你在别处问过我的
    - 想要一份副本，请联系维护我的人：你的编号是 `{ $person }`
privacy-forgotten =
    { $turns ->
        [0] 这里没有你的内容需要删除。
       *[other] 已删除你的 { $turns } 个问题、我的回答和你的评价。
    }

## Usage

budget-person = 你今天的额度用完了，UTC 零点重置。发送 /usage 查看用量。
budget-space = 这里今天的额度用完了，UTC 零点重置。
usage-person = 你今天：{ $questions } 个问题，{ $tokens } 个 token
usage-space = 这里今天所有人：{ $questions } 个问题，{ $tokens } 个 token
