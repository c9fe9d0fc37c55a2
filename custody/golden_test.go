package custody

// The wallet of newTestWallet(t, 2, 3): text, SHA-256 of its file, receive 0
// and 1, change 0 and 1.
const (
	goldenDescriptor = "wsh(sortedmulti(2,[a3bc9ee2/48h/1h/0h/2h]tpubDE6PVetDyGCBwu4zXrmr2m4xAhMKgrSxpTsdLWQXPzCaR2mJqDFezS5BtzgAcjeJjZquhTFoJQFWoeB167iGKQv9mCV6tXaXiKVtaFnosD8/<0;1>/*,[d126dddf/48h/1h/0h/2h]tpubDEuEg74F6PJAW8irh5tJSnZDo6Kv4crwqfvQMPupPq5h2aNB9nqZnA3GtZJS1bv6pBpPnLRXiiEYBa8pCyQ8P7ruCs9rtWFh5VDjiDbgkXy/<0;1>/*,[203692a7/48h/1h/0h/2h]tpubDFCB71vVKALhuEwMvFrZJmfaThqnQrazwamnxy5kGEXLCXmNNSQVDgC8RVdqBfNWYMjfiPqV6xabrHzbFtgei1Q9x3oiu3WfYTonrwAvSn8/<0;1>/*))#hm062u6g"
	goldenHash       = "7d6db26e771ab1cf6ae0c9a04c1358dde2e0642e505eaa5d3ede3e8c1b021064"
)

var goldenAddresses = []string{
	"bcrt1qty5ltdf9qeyqg4uqkxwpt7ls4tefad2lknygpug5mq42y6tj64gq2jds8p",
	"bcrt1qzxqs6jetux0qwa8jxlpe3xrzjx9dx5w7eatkzplgfw26jnf8aansxneaws",
	"bcrt1qd0ppte4ecp08zv605u2qpdcvn0nexnx7s9q8xcswptkwuaedffhs85hc2t",
	"bcrt1q09ydhucnhnpg70eg94q6qulmt2l77ga0watx0j5yj8gjt9ae0lnqtkguc9",
}
