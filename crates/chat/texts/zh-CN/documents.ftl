documents-empty = 我在这里还没有学过任何文档。发个文件并附上 /learn 就行。
documents-entry = { $name }（{ $passages } 段）
document-forgotten = 已忘记：{ $document }
document-unknown = 没有叫“{ $document }”的文档。发送 /documents 查看全部。

learn-missing = 要我学什么？发文件时附上 /learn，或者用 /learn 回复一个文件，或者在后面加上网址。
learn-too-large = 文件超过 { $megabytes } MB，这里最多只能下载这么大：请拆分，或者给 /learn 一个网址
learn-file-gone = 文件已经失效：请重新发送
learn-receiving = 接收中

job-unchanged = 已是最新，无需更新
job-learned = { $pages } 页，{ $passages } 段
job-learned-in-part = { $learned }；第 { $pages } 页没有我能读的文字，是扫描件吗？
job-replaces = { $learned }（替换了 { $date }的旧版 { $document }）
job-failed = 失败：{ $reason }
job-cancelled = 已取消
job-retrying = { $state }（{ $reason }）
job-stage = { $stage }…
job-stage-counted = { $stage } { $done }/{ $total }…
stage-waiting = 等待中
stage-fetch = 下载中
stage-parse = 解析中
stage-chunk = 切分中
stage-embed = 向量化
stage-index = 建立索引

date = { $year } 年 { $month } 月 { $day } 日
